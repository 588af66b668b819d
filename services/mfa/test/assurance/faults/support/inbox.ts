import { SMTPServer } from "smtp-server";
import { HttpEndpoint } from "../../../delivery/http-endpoint.js";

interface Received {
  readonly code: string;
  readonly at: number;
}

/** What a provider does with a message that it was handed whole. */
export type ProviderAnswer = "accept" | "reject for now" | "hang" | "garbage" | "accept, then break";

/** Both providers of messages, as real servers in this process, and what users received from them. */
export class Inbox implements AsyncDisposable {
  readonly answers: Record<"sms" | "mail", ProviderAnswer> = { sms: "accept", mail: "accept" };
  readonly #received = new Map<string, Received[]>();
  readonly #sms = new HttpEndpoint();
  readonly #mail: SMTPServer;
  readonly #hanging = new Set<() => void>();

  constructor() {
    this.#sms.respond = (response, { body }) => {
      const form = new URLSearchParams(body);
      const answer = this.answers.sms;
      if (answer === "reject for now") return void response.writeHead(503).end();
      if (answer === "garbage") return void response.socket?.end("\u0000\u0001 this is no HTTP\r\n\r\n");
      this.#keep(form.get("To") ?? "", form.get("Body") ?? "");
      if (answer === "hang") return void this.#hanging.add(() => response.destroy());
      if (answer === "accept, then break") return void response.destroy();
      response.writeHead(201, { "content-type": "application/json" }).end('{"sid":"SM1","status":"queued"}');
    };
    this.#mail = new SMTPServer({
      authOptional: true,
      hideSTARTTLS: true,
      closeTimeout: 100,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const to = session.envelope.rcptTo[0]?.address ?? "";
          this.#takeMail(to, Buffer.concat(chunks).toString("utf8"), done);
        });
      },
    });
    this.#mail.on("error", () => undefined);
  }

  /** The ports of the SMS provider and of the mail relay. */
  async listen(): Promise<{ readonly sms: number; readonly mail: number }> {
    const sms = Number(new URL(await this.#sms.listen()).port);
    const mail = await new Promise<number>((resolve) => {
      const server = this.#mail.listen(0, "127.0.0.1", () =>
        resolve((server.address() as { port: number }).port),
      );
    });
    return { sms, mail };
  }

  /** The codes that reached a number or an address since a moment, oldest first. */
  codesSince(to: string, moment: number): readonly string[] {
    return (this.#received.get(to) ?? []).filter(({ at }) => at >= moment).map(({ code }) => code);
  }

  /** Lets go of whoever waits for an answer. */
  releaseHanging(): void {
    for (const release of this.#hanging) release();
    this.#hanging.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.releaseHanging();
    await this.#sms[Symbol.asyncDispose]();
    await new Promise<void>((resolve) => this.#mail.close(() => resolve()));
  }

  #takeMail(to: string, raw: string, done: (error?: Error) => void): void {
    const answer = this.answers.mail;
    if (answer === "reject for now") {
      done(Object.assign(new Error("try again later"), { responseCode: 451 }));
      return;
    }
    this.#keep(to, raw);
    if (answer === "accept") done();
    else if (answer === "hang") this.#hanging.add(() => done());
    else for (const connection of this.#mail.connections) connection.close();
  }

  /** Notices have no code. */
  #keep(to: string, text: string): void {
    const code = /(?<![0-9a-f])[0-9]{6}(?![0-9a-f])/i.exec(bodyOf(text))?.[0];
    if (code === undefined) return;
    this.#received.set(to, [...(this.#received.get(to) ?? []), { code, at: performance.now() }]);
  }
}

/** Of mail the plain text alone: ids and boundaries in its headers have digits too. */
function bodyOf(text: string): string {
  return /content-type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/i.exec(text)?.[1] ?? text;
}

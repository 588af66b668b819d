import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";
import type { TestCertificate } from "../support/caller/certificate.js";

export const CREDENTIALS = { user: "mailer", password: "correct horse" };

/** A number is an SMTP reply code; its text names the recipient, as real servers' does. */
type RelayAnswer = "accept" | "hang" | "drop" | number;

interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly connection: string;
  readonly encrypted: boolean;
}

/** A real SMTP server in this process that keeps what it is sent. */
export class SmtpRelay implements AsyncDisposable {
  readonly received: ReceivedMail[] = [];
  readonly logins: string[] = [];
  /** How it answers once it has all of a message. */
  answerMail: RelayAnswer = "accept";
  answerRecipient: RelayAnswer = "accept";
  readonly #server: SMTPServer;

  constructor(certificate: TestCertificate, options: SMTPServerOptions = {}) {
    this.#server = new SMTPServer({
      ...certificate,
      closeTimeout: 100,
      onAuth: ({ username, password }, _session, done) => {
        this.logins.push(username ?? "");
        const right = username === CREDENTIALS.user && password === CREDENTIALS.password;
        done(right ? null : new Error("wrong"), right ? { user: username } : undefined);
      },
      onRcptTo: (_address, _session, done) => this.#answer(this.answerRecipient, done),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          this.received.push(mailOf(session, Buffer.concat(chunks).toString("utf8")));
          this.#answer(this.answerMail, done);
        });
      },
      ...options,
    });
    // Clients that hang up or refuse the certificate are what some tests are about.
    this.#server.on("error", () => undefined);
  }

  last(): ReceivedMail {
    const mail = this.received.at(-1);
    if (mail === undefined) throw new Error("nothing was received");
    return mail;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server.server, "listening");
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Ends every connection, as a relay does with idle ones. */
  dropConnections(): void {
    for (const connection of this.#server.connections) connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #answer(how: RelayAnswer, done: (error?: Error) => void): void {
    if (how === "accept") done();
    else if (how === "drop") this.dropConnections();
    else if (how !== "hang") done(Object.assign(new Error("not for ada@example.com"), { responseCode: how }));
  }
}

function mailOf({ envelope, id, secure }: SMTPServerSession, raw: string): ReceivedMail {
  const { mailFrom, rcptTo } = envelope;
  const from = mailFrom === false ? "" : mailFrom.address;
  return { from, to: rcptTo.map(({ address }) => address), raw, connection: id, encrypted: secure };
}

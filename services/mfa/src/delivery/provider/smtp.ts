import { createHash } from "node:crypto";
import { type Delivery, delivered } from "../../domain/delivery/delivery.js";
import type { EmailSender } from "../../domain/delivery/email-sender.js";
import { tellWords } from "./provider-words.js";
import { smtpFailure, smtpWords } from "./smtp-failure.js";

export interface SmtpConfig {
  /** The provider's name, for failures and metrics. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** implicit: TLS from the first byte (smtps). starttls: refuses to continue without it. none: development or loopback only. */
  readonly tls: "implicit" | "starttls" | "none";
  readonly auth: { readonly user: string; readonly password: string } | undefined;
  readonly from: Mailbox;
  /** Certificate authorities in PEM to trust instead of the system's. */
  readonly certificateAuthority: string | undefined;
  readonly maxConnections: number;
}

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 10_000;

/** One relay over a pool of connections, opened for the first message. Closing does not wait: sends under way fail. */
export function createSmtpSender(config: SmtpConfig): EmailSender & AsyncDisposable {
  const transport = openedOnce(config);
  const { from } = config;
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);

  return {
    async send({ to, subject, text, html }, options): Promise<Delivery> {
      const { signal, idempotencyKey } = options;
      try {
        const opened = await transport.open();
        await opened.sendMail({
          envelope: { from: from.address, to },
          from: { ...from },
          to: { name: "", address: to },
          // One id for each code, so that a mailbox that receives a retried send twice may show it once.
          messageId: `<${createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 40)}@${domain}>`,
          // RFC 3834: no out-of-office answers to codes.
          headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
          subject,
          text,
          html,
          signal,
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        return delivered(config.name);
      } catch (error) {
        tellWords(options, smtpWords(error), [to, config.auth?.user ?? "", config.auth?.password ?? ""]);
        return smtpFailure(config.name, error);
      }
    },
    [Symbol.asyncDispose](): Promise<void> {
      return transport.close();
    },
  };
}

/** Connects and logs in, and sends nothing. Throws the relay's or the network's error. */
export async function verifySmtp(config: SmtpConfig): Promise<void> {
  const transport = await openTransport(config);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

/** nodemailer is loaded for the first message: it is slow to load, and many run without a relay. */
function openedOnce(config: SmtpConfig) {
  let opening: ReturnType<typeof openTransport> | undefined;
  let closed = false;
  return {
    open() {
      if (closed) throw new Error("the relay's connections are closed");
      opening ??= openTransport(config);
      return opening;
    },
    async close(): Promise<void> {
      closed = true;
      (await opening)?.close();
    },
  };
}

async function openTransport(config: SmtpConfig) {
  const { createTransport } = await import("nodemailer");
  return createTransport(poolOptions(config));
}

function poolOptions({ host, port, tls, auth, certificateAuthority, maxConnections }: SmtpConfig) {
  return {
    pool: true,
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    tls: {
      minVersion: "TLSv1.2",
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    },
    // Without forceAuth, a server or an attacker in between that offers no AUTH would get the mail unauthenticated.
    ...(auth === undefined ? {} : { auth: { user: auth.user, pass: auth.password }, forceAuth: true }),
    maxConnections,
    // A pooled connection the relay has dropped is replaced, once; nodemailer does so only while no byte of the message went out.
    maxRequeues: 1,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
  } as const;
}

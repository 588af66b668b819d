import type { Attributes } from "@countersign/telemetry-ports";
import type { EmailSender } from "../domain/delivery/email-sender.js";
import type { SmsSender } from "../domain/delivery/sms-sender.js";
import type { Observer } from "./attempt/observed.js";
import { createChain } from "./chain.js";
import type { DeliveryConfig, EmailProviderConfig, SmsProviderConfig } from "./delivery-config.js";
import { Outbox } from "./outbox.js";
import { createSmtpSender } from "./provider/smtp.js";
import { createTwilioSender } from "./provider/twilio.js";
import { createEmailWebhook, createSmsWebhook } from "./provider/webhook.js";

export interface Senders extends AsyncDisposable {
  /** Undefined if the channel has no provider. */
  readonly sms: SmsSender | undefined;
  readonly email: EmailSender | undefined;
  /** Development only, and only if it replaces a provider. */
  readonly outbox: Outbox | undefined;
}

const OUTBOX_CAPACITY = 100;
const OUTBOX_KEEP_MS = 15 * 60_000;

/**
 * `observer.now` returns milliseconds since 1970, because receivers of signed webhooks check it; `observer.onAttempt` must not throw. Disposing
 * closes connections: sends under way fail.
 */
export function createSenders(config: DeliveryConfig, observer: Observer): Senders {
  const { sms, email, limits } = config;
  const owned: AsyncDisposable[] = [];
  const outbox =
    sms === "outbox" || email === "outbox"
      ? new Outbox({ capacity: OUTBOX_CAPACITY, keepForMs: OUTBOX_KEEP_MS, now: observer.now })
      : undefined;

  const createSms = (provider: SmsProviderConfig) =>
    provider.kind === "twilio" ? createTwilioSender(provider) : createSmsWebhook(provider, observer);
  const createEmail = (provider: EmailProviderConfig) => {
    if (provider.kind === "webhook") return createEmailWebhook(provider, observer);
    const sender = createSmtpSender(provider);
    owned.push(sender);
    return sender;
  };

  return {
    sms:
      typeof sms === "object"
        ? createChain(
            { channel: "sms", providers: sms, create: createSms, server: serverOf },
            limits,
            observer,
          )
        : sms && outbox?.sms,
    email:
      typeof email === "object"
        ? createChain(
            { channel: "email", providers: email, create: createEmail, server: serverOf },
            limits,
            observer,
          )
        : email && outbox?.email,
    outbox,
    async [Symbol.asyncDispose]() {
      await Promise.all(owned.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

function serverOf(provider: SmsProviderConfig | EmailProviderConfig): Attributes {
  switch (provider.kind) {
    case "smtp":
      return { "server.address": provider.host, "server.port": provider.port };
    case "twilio":
      return addressOf(provider.baseUrl);
    case "webhook":
      return addressOf(provider.url);
  }
}

/** The rest of the address may contain a credential. */
function addressOf({ protocol, hostname, port }: URL): Attributes {
  const standard = protocol === "https:" ? 443 : 80;
  return { "server.address": hostname, "server.port": port === "" ? standard : Number(port) };
}

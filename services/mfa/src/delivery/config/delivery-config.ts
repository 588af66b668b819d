import type { SmtpConfig } from "../provider/smtp.js";
import type { TwilioConfig } from "../provider/twilio.js";
import type { WebhookConfig } from "../provider/webhook.js";
import { type ChannelConfig, readChannel } from "./channel-config.js";
import { httpsUrl, signingSecret, wholeNumber } from "./parsers.js";
import { type ConfigProblem, type Environment, Settings } from "./settings.js";
import { readSmtpConfig } from "./smtp-config.js";
import { readTwilioConfig } from "./twilio-config.js";

export type SmsProviderConfig =
  | ({ readonly kind: "twilio" } & TwilioConfig)
  | ({ readonly kind: "webhook" } & WebhookConfig);

export type EmailProviderConfig =
  | ({ readonly kind: "smtp" } & SmtpConfig)
  | ({ readonly kind: "webhook" } & WebhookConfig);

export interface DeliveryConfig {
  /** "outbox" only in development; undefined when nobody sends on the channel, so that its method cannot be offered. */
  readonly sms: ChannelConfig<SmsProviderConfig> | "outbox" | undefined;
  readonly email: ChannelConfig<EmailProviderConfig> | "outbox" | undefined;
  readonly limits: DeliveryLimits;
}

export interface DeliveryLimits {
  readonly tryMs: number;
  /** For all tries of one message together. */
  readonly totalMs: number;
  readonly failuresToOpen: number;
  readonly openForMs: number;
}

export type DeliverySettings =
  | { readonly ok: true; readonly config: DeliveryConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

interface Ambient {
  /** The one environment with an outbox and plaintext to loopback. */
  readonly development: boolean;
  /** For NAME_FILE. May throw. */
  readonly readFile: (path: string) => string;
}

export function readDeliveryConfig(env: Environment, { development, readFile }: Ambient): DeliverySettings {
  const settings = new Settings(env, readFile);
  const nobody = development ? "outbox" : undefined;
  const config: DeliveryConfig = {
    sms: readSms(settings, development) ?? nobody,
    email: readEmail(settings, development) ?? nobody,
    limits: readLimits(settings),
  };
  return settings.problems.length === 0 ? { ok: true, config } : { ok: false, problems: settings.problems };
}

function readSms(settings: Settings, development: boolean): ChannelConfig<SmsProviderConfig> | undefined {
  return readChannel<SmsProviderConfig["kind"], SmsProviderConfig>(settings, {
    channel: "SMS",
    kinds: ["twilio", "webhook"],
    tellingSetting: { twilio: "TWILIO_ACCOUNT_SID", webhook: "SMS_WEBHOOK_URL" },
    read(kind, prefix) {
      if (kind === "webhook") return readWebhook(settings, `${prefix}SMS_WEBHOOK`, development);
      const config = readTwilioConfig(settings, prefix, development);
      return config && { kind, ...config };
    },
  });
}

function readEmail(settings: Settings, development: boolean): ChannelConfig<EmailProviderConfig> | undefined {
  return readChannel<EmailProviderConfig["kind"], EmailProviderConfig>(settings, {
    channel: "EMAIL",
    kinds: ["smtp", "webhook"],
    tellingSetting: { smtp: "SMTP_URL", webhook: "EMAIL_WEBHOOK_URL" },
    read(kind, prefix) {
      if (kind === "webhook") return readWebhook(settings, `${prefix}EMAIL_WEBHOOK`, development);
      const config = readSmtpConfig(settings, prefix, development);
      return config && { kind, ...config };
    },
  });
}

function readWebhook(settings: Settings, name: string, development: boolean) {
  const url = settings.required(`${name}_URL`, httpsUrl(development));
  const secret = settings.required(`${name}_SECRET`, signingSecret);
  if (url === undefined || secret === undefined) return undefined;
  return { kind: "webhook", name: name.toLowerCase(), url, secret } as const;
}

function readLimits(settings: Settings): DeliveryLimits {
  const tryMs = settings.parsed("DELIVERY_TRY_TIMEOUT_MS", wholeNumber(100, 60_000)) ?? 4_000;
  const totalMs = settings.parsed("DELIVERY_TIMEOUT_MS", wholeNumber(100, 120_000)) ?? 10_000;
  if (totalMs < tryMs)
    settings.complain("DELIVERY_TIMEOUT_MS", "must not be shorter than DELIVERY_TRY_TIMEOUT_MS");
  return {
    tryMs,
    totalMs,
    failuresToOpen: settings.parsed("DELIVERY_BREAKER_FAILURES", wholeNumber(1, 1_000)) ?? 5,
    openForMs: settings.parsed("DELIVERY_BREAKER_OPEN_MS", wholeNumber(100, 600_000)) ?? 30_000,
  };
}

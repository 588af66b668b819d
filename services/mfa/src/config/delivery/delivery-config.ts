import { integer, type SettingsReader } from "@countersign/settings";
import type {
  ChannelConfig,
  DeliveryConfig,
  DeliveryLimits,
  EmailProviderConfig,
  SmsProviderConfig,
} from "../../delivery/delivery-config.js";
import { CHANNEL_SETTINGS, readChannel } from "./channel-config.js";
import { readSmtpConfig } from "./smtp-config.js";
import { readTwilioConfig } from "./twilio-config.js";
import { readWebhookConfig } from "./webhook-config.js";

const timeLimit = (limits: { readonly default: number; readonly max: number; readonly doc: string }) =>
  integer({ ...limits, min: 100, unit: "milliseconds" });

export const DELIVERY_SETTINGS = {
  DELIVERY_TRY_TIMEOUT_MS: timeLimit({
    default: 4_000,
    max: 60_000,
    doc: "How long one provider may take for a message.",
  }),
  DELIVERY_TIMEOUT_MS: timeLimit({
    default: 10_000,
    max: 120_000,
    doc: "How long all tries of one message may take.",
  }),
  DELIVERY_BREAKER_FAILURES: integer({
    default: 5,
    min: 1,
    max: 1_000,
    doc: "Failures in a row after which a provider is not asked.",
  }),
  DELIVERY_BREAKER_OPEN_MS: timeLimit({
    default: 30_000,
    max: 600_000,
    doc: "For how long; then one message tries it again.",
  }),
} as const;

/** Only development has an outbox, and plaintext to loopback. */
export function readDeliveryConfig(reader: SettingsReader, development: boolean): DeliveryConfig {
  const noProvider = development ? "outbox" : undefined;
  return {
    sms: readSms(reader, development) ?? noProvider,
    email: readEmail(reader, development) ?? noProvider,
    limits: readLimits(reader),
  };
}

function readSms(reader: SettingsReader, development: boolean): ChannelConfig<SmsProviderConfig> | undefined {
  return readChannel<SmsProviderConfig["kind"], SmsProviderConfig>(reader, {
    channel: "SMS",
    providers: CHANNEL_SETTINGS.SMS_PROVIDER,
    tellingSetting: { twilio: "TWILIO_ACCOUNT_SID", webhook: "SMS_WEBHOOK_URL" },
    read(kind, prefix) {
      if (kind === "webhook") {
        const config = readWebhookConfig(reader, "SMS", { prefix, development });
        return config && { kind, ...config };
      }
      const config = readTwilioConfig(reader, prefix, development);
      return config && { kind, ...config };
    },
  });
}

function readEmail(
  reader: SettingsReader,
  development: boolean,
): ChannelConfig<EmailProviderConfig> | undefined {
  return readChannel<EmailProviderConfig["kind"], EmailProviderConfig>(reader, {
    channel: "EMAIL",
    providers: CHANNEL_SETTINGS.EMAIL_PROVIDER,
    tellingSetting: { smtp: "SMTP_URL", webhook: "EMAIL_WEBHOOK_URL" },
    read(kind, prefix) {
      if (kind === "webhook") {
        const config = readWebhookConfig(reader, "EMAIL", { prefix, development });
        return config && { kind, ...config };
      }
      const config = readSmtpConfig(reader, prefix, development);
      return config && { kind, ...config };
    },
  });
}

function readLimits(reader: SettingsReader): DeliveryLimits {
  const given = reader.read(DELIVERY_SETTINGS);
  const { DELIVERY_TRY_TIMEOUT_MS: tryMs, DELIVERY_TIMEOUT_MS: totalMs } = given;
  if (totalMs < tryMs)
    reader.report("DELIVERY_TIMEOUT_MS", "must not be shorter than DELIVERY_TRY_TIMEOUT_MS");
  return {
    tryMs,
    totalMs,
    failuresToOpen: given.DELIVERY_BREAKER_FAILURES,
    openForMs: given.DELIVERY_BREAKER_OPEN_MS,
  };
}

import type { SmtpConfig } from "./provider/smtp.js";
import type { TwilioConfig } from "./provider/twilio.js";
import type { WebhookConfig } from "./provider/webhook.js";

export type SmsProviderConfig =
  | ({ readonly kind: "twilio" } & TwilioConfig)
  | ({ readonly kind: "webhook" } & WebhookConfig);

export type EmailProviderConfig =
  | ({ readonly kind: "smtp" } & SmtpConfig)
  | ({ readonly kind: "webhook" } & WebhookConfig);

/** The providers of one channel. The fallback is tried if the primary is down. */
export interface ChannelConfig<Provider> {
  readonly primary: Provider;
  readonly fallback: Provider | undefined;
}

export interface DeliveryConfig {
  /** "outbox" only in development; undefined if the channel has no provider, so that its method cannot be offered. */
  readonly sms: ChannelConfig<SmsProviderConfig> | "outbox" | undefined;
  readonly email: ChannelConfig<EmailProviderConfig> | "outbox" | undefined;
  readonly limits: DeliveryLimits;
}

export interface DeliveryLimits {
  readonly tryMs: number;
  /** For all attempts at one message together. */
  readonly totalMs: number;
  readonly failuresToOpen: number;
  readonly openForMs: number;
}

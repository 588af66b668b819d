import { optionalText, type SettingsReader } from "@countersign/settings";
import type { WebhookConfig } from "../../delivery/provider/webhook.js";
import { postUrl, signingSecret, urlFault } from "./provider-forms.js";

const RECEIVER = "Where messages are posted; see webhook.md.";
const SIGNED = "What those requests are signed with.";

export const WEBHOOK_SETTINGS = {
  SMS_WEBHOOK_URL: optionalText(postUrl, { doc: RECEIVER }),
  SMS_WEBHOOK_SECRET: optionalText(signingSecret, { secret: true, doc: SIGNED }),
  EMAIL_WEBHOOK_URL: optionalText(postUrl, { doc: RECEIVER }),
  EMAIL_WEBHOOK_SECRET: optionalText(signingSecret, { secret: true, doc: SIGNED }),
} as const;

const { SMS_WEBHOOK_URL, SMS_WEBHOOK_SECRET, EMAIL_WEBHOOK_URL, EMAIL_WEBHOOK_SECRET } = WEBHOOK_SETTINGS;
const CHANNELS = {
  SMS: { SMS_WEBHOOK_URL, SMS_WEBHOOK_SECRET },
  EMAIL: { EMAIL_WEBHOOK_URL, EMAIL_WEBHOOK_SECRET },
} as const;

/** `prefix` is "" for the primary provider and FALLBACK_ for a second one of the same kind. */
export function readWebhookConfig(
  reader: SettingsReader,
  channel: "SMS" | "EMAIL",
  { prefix, development }: { readonly prefix: string; readonly development: boolean },
): WebhookConfig | undefined {
  const { url, secret } = readPair(reader, channel, prefix);
  const fault = url && urlFault(url, development);
  if (fault !== undefined) reader.report(`${prefix}${channel}_WEBHOOK_URL`, fault);
  if (url === undefined || secret === undefined) return undefined;
  return { name: `${prefix}${channel}_WEBHOOK`.toLowerCase(), url, secret };
}

function readPair(reader: SettingsReader, channel: "SMS" | "EMAIL", prefix: string) {
  if (channel === "SMS") {
    const required = ["SMS_WEBHOOK_URL", "SMS_WEBHOOK_SECRET"] as const;
    const given = reader.read(CHANNELS.SMS, { prefix, required });
    return { url: given.SMS_WEBHOOK_URL, secret: given.SMS_WEBHOOK_SECRET };
  }
  const required = ["EMAIL_WEBHOOK_URL", "EMAIL_WEBHOOK_SECRET"] as const;
  const given = reader.read(CHANNELS.EMAIL, { prefix, required });
  return { url: given.EMAIL_WEBHOOK_URL, secret: given.EMAIL_WEBHOOK_SECRET };
}

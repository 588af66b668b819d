import { type Field, optionalChoice, type SettingsReader } from "@countersign/settings";
import type { ChannelConfig } from "../../delivery/delivery-config.js";

const SMS_PROVIDERS = ["twilio", "webhook"] as const;
const EMAIL_PROVIDERS = ["smtp", "webhook"] as const;
const CONFIGURED = "the one that is configured";
const PRIMARY = "Who sends. Required if both are configured.";
const FALLBACK = "Who is asked when the primary is down or silent.";

export const CHANNEL_SETTINGS = {
  SMS_PROVIDER: optionalChoice(SMS_PROVIDERS, { absent: CONFIGURED, doc: PRIMARY }),
  SMS_FALLBACK_PROVIDER: optionalChoice(SMS_PROVIDERS, { doc: FALLBACK }),
  EMAIL_PROVIDER: optionalChoice(EMAIL_PROVIDERS, { absent: CONFIGURED, doc: PRIMARY }),
  EMAIL_FALLBACK_PROVIDER: optionalChoice(EMAIL_PROVIDERS, { doc: FALLBACK }),
} as const;

export interface ChannelSpec<Kind extends string, Provider> {
  readonly channel: "SMS" | "EMAIL";
  readonly providers: Field<Kind | undefined>;
  /** The required setting of each kind: if it is set, the kind is meant. */
  readonly tellingSetting: Readonly<Record<Kind, string>>;
  readonly read: (kind: Kind, prefix: "" | "FALLBACK_") => Provider | undefined;
}

/** Undefined if nothing is configured, or if something is wrong, which is reported. */
export function readChannel<Kind extends string, Provider>(
  reader: SettingsReader,
  { channel, providers, tellingSetting, read }: ChannelSpec<Kind, Provider>,
): ChannelConfig<Provider> | undefined {
  const name = `${channel}_PROVIDER`;
  const fallbackName = `${channel}_FALLBACK_PROVIDER`;
  const chosen = reader.read({ [name]: providers, [fallbackName]: providers });
  const meant = (Object.keys(tellingSetting) as Kind[]).filter((kind) => reader.isSet(tellingSetting[kind]));
  if (!reader.isSet(name) && meant.length > 1) {
    reader.report(name, `is required, for several are configured: ${meant.join(", ")}`);
    return undefined;
  }
  const kind = reader.isSet(name) ? chosen[name] : meant[0];
  if (kind === undefined) {
    if (reader.isSet(fallbackName)) reader.report(fallbackName, `needs a ${name}`);
    return undefined;
  }
  const primary = read(kind, "");
  const fallbackKind = chosen[fallbackName];
  const fallback = fallbackKind && read(fallbackKind, fallbackKind === kind ? "FALLBACK_" : "");
  return primary === undefined ? undefined : { primary, fallback };
}

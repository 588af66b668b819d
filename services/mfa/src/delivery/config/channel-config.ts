import { oneOf } from "./parsers.js";
import type { Settings } from "./settings.js";

/** Who sends on one channel. The fallback is asked when the primary is down. */
export interface ChannelConfig<Provider> {
  readonly primary: Provider;
  readonly fallback: Provider | undefined;
}

interface ChannelSpec<Kind extends string, Provider> {
  readonly channel: "SMS" | "EMAIL";
  /** The setting each kind cannot do without: when it is set, the kind is meant. */
  readonly tellingSetting: Readonly<Record<Kind, string>>;
  readonly kinds: readonly Kind[];
  readonly read: (kind: Kind, prefix: "" | "FALLBACK_") => Provider | undefined;
}

/** Undefined when nothing is configured, or, with problems noted, when something is wrong. */
export function readChannel<Kind extends string, Provider>(
  settings: Settings,
  { channel, tellingSetting, kinds, read }: ChannelSpec<Kind, Provider>,
): ChannelConfig<Provider> | undefined {
  const name = `${channel}_PROVIDER`;
  const fallbackName = `${channel}_FALLBACK_PROVIDER`;
  const meant = kinds.filter((kind) => settings.has(tellingSetting[kind]));
  if (!settings.has(name) && meant.length > 1) {
    settings.complain(name, `is required, for several are configured: ${meant.join(", ")}`);
    return undefined;
  }
  const kind = settings.has(name) ? settings.parsed(name, oneOf(...kinds)) : meant[0];
  if (kind === undefined) {
    if (settings.has(fallbackName)) settings.complain(fallbackName, `needs a ${name}`);
    return undefined;
  }
  const primary = read(kind, "");
  const fallbackKind = settings.parsed(fallbackName, oneOf(...kinds));
  const fallback = fallbackKind && read(fallbackKind, fallbackKind === kind ? "FALLBACK_" : "");
  return primary === undefined ? undefined : { primary, fallback };
}

import { describeSecurityConfig } from "@countersign/security-config";
import type { ServiceConfig } from "../../config/service-config.js";
import { describeServiceSettings } from "../../config/settings/describe-settings.js";
import { SENT_METHODS } from "../../domain/factor/method.js";
import type { ProgramContext } from "../command-line/program-context.js";

interface EffectiveSetting {
  readonly name: string;
  /** The value as it would be written, never a secret. */
  readonly value: string;
  /** "default", a preset, or the source of the value. */
  readonly source: string;
}

/** Prints the effective settings and their sources, the service's own settings first. Without `all`, only those that are not defaults. */
export async function runConfigPrint(
  { configs, env, print, note }: ProgramContext,
  { all, json }: { readonly all: boolean | undefined; readonly json: boolean | undefined },
): Promise<number> {
  const config = await configs.service();
  const settings = [
    ...describeServiceSettings(env, config.environment === "production"),
    ...deliverySettings(config),
    ...securitySettings(config),
  ];
  const shown = settings.filter(({ source }) => all === true || source !== "default");
  if (json === true) {
    print(JSON.stringify({ settings: shown }));
    return 0;
  }
  for (const { name, value, source } of shown)
    print(`${name} = ${value}${source === "delivery" ? "" : `  (${source})`}`);
  if (all !== true) note(`${settings.length - shown.length} more have their default: config print --all`);
  return 0;
}

function securitySettings({ security }: ServiceConfig): readonly EffectiveSetting[] {
  return describeSecurityConfig(security.initial).map(({ path, value, source }) => ({
    name: path,
    value: JSON.stringify(value),
    source,
  }));
}

/** The kinds of the configured providers: the other delivery settings are credentials and addresses. */
function deliverySettings({ delivery }: ServiceConfig): readonly EffectiveSetting[] {
  return SENT_METHODS.map((channel) => {
    const sender = delivery[channel];
    const kinds =
      sender === undefined || sender === "outbox"
        ? [sender ?? "none"]
        : [sender.primary, sender.fallback].flatMap((each) => (each === undefined ? [] : [each.kind]));
    return { name: `delivery.${channel}`, value: kinds.join(", then "), source: "delivery" };
  });
}

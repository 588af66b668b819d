import { describeSecurityConfig } from "@countersign/security-config";
import { fatalWarnings, type ServiceConfig } from "../config/service-config.js";
import { SERVICE_SETTINGS } from "../config/service-settings.js";
import { unservedChannels } from "../config/unserved-channels.js";
import { mfaPolicy } from "../policy/mfa-policy.js";

const CONFIG_USAGE = `countersign config check   exit 0 when the service would start on this configuration, 2 with every problem when not
countersign config print   the effective configuration, where each value comes from, and no secret
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Exit codes: 0 good, 2 fatal warnings or a mistake in the command. A configuration with problems never comes this far. */
export function runConfig(config: ServiceConfig, args: readonly string[], env: Environment): number {
  const [task = ""] = args;
  switch (task) {
    case "check":
      return check(config);
    case "print":
      for (const line of printable(config, env)) process.stdout.write(`${line}\n`);
      return 0;
    default:
      process.stderr.write(CONFIG_USAGE);
      return 2;
  }
}

/** Throws ConfigurationError for what only this service cannot use. */
function check(config: ServiceConfig): number {
  const { warnings, notices } = config.security.initial;
  const fatal = fatalWarnings(config);
  mfaPolicy(config.security.initial.config);
  for (const problem of unservedChannels(config)) process.stderr.write(`warning: ${problem}\n`);
  for (const { code, message } of warnings) process.stderr.write(`warning: ${message} (${code})\n`);
  for (const notice of notices) process.stderr.write(`notice: ${notice}\n`);
  process.stdout.write(
    fatal.length > 0 ? `${fatal.length} fatal warning(s)\n` : "the configuration is good\n",
  );
  return fatal.length > 0 ? 2 : 0;
}

function printable(config: ServiceConfig, env: Environment): string[] {
  const security = describeSecurityConfig(config.security.initial).map(
    ({ path, value, source }) => `${path} = ${JSON.stringify(value)}  (${source})`,
  );
  const service = Object.entries(SERVICE_SETTINGS).map(([name, setting]) => {
    const given = [name, `${name}_FILE`].find((each) => (env[each] ?? "") !== "");
    if (given === undefined) return `${name} = ${setting.default}  (default)`;
    const shown = setting.secret === true || given !== name ? "[secret]" : (env[name] ?? "");
    return `${name} = ${shown}  (environment ${given})`;
  });
  return [...security, ...service, ...deliveryLines(config)];
}

/** Who sends codes, by the kinds of their providers: the rest of delivery's settings are credentials and addresses. */
function deliveryLines({ delivery }: ServiceConfig): string[] {
  return (["sms", "email"] as const).map((channel) => {
    const sender = delivery[channel];
    if (sender === undefined || sender === "outbox") return `delivery.${channel} = ${sender ?? "nobody"}`;
    const kinds = [sender.primary, sender.fallback].flatMap((each) =>
      each === undefined ? [] : [each.kind],
    );
    return `delivery.${channel} = ${kinds.join(", then ")}`;
  });
}

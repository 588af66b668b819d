import {
  type ConfigProblem,
  type ConfigSource,
  describeSource,
  printableValue,
  Secret,
} from "@countersign/settings";
import type { GatheredConfig } from "./gathered-config.js";
import { sessionFields } from "./groups/session.js";
import type { SettledValues } from "./judge.js";

/** A constraint on two settings; a violation is reported for the first. */
interface CrossCheck {
  readonly paths: readonly [string, string];
  readonly message: string;
  readonly isBroken: (config: GatheredConfig) => boolean;
}

const CROSS_CHECKS: readonly CrossCheck[] = [
  {
    paths: ["session.idle_timeout_minutes", "session.session_timeout_minutes"],
    message: "must not exceed session.session_timeout_minutes",
    // The default may exceed it: under ENTERPRISE it does, without effect, because the session ends first.
    isBroken: ({ session: { idleTimeoutMinutes, sessionTimeoutMinutes } }) =>
      idleTimeoutMinutes > sessionTimeoutMinutes &&
      idleTimeoutMinutes !== sessionFields.idleTimeoutMinutes.default,
  },
  {
    paths: ["session.session_timeout_minutes", "session.absolute_timeout_hours"],
    message: "must not exceed session.absolute_timeout_hours",
    isBroken: ({ session }) => session.sessionTimeoutMinutes > session.absoluteTimeoutHours * 60,
  },
  {
    paths: ["mfa.default_phone_region", "mfa.allowed_phone_countries"],
    message: "must be among mfa.allowed_phone_countries",
    isBroken: ({ mfa }) => !mfa.allowedPhoneCountries.includes(mfa.defaultPhoneRegion),
  },
  ...providerChecks("google"),
  ...providerChecks("microsoft"),
  distinctKeys("jwt_secret", "secret_key", ({ environment }) => [
    environment.jwtSecret,
    environment.secretKey,
  ]),
  distinctKeys("encryption_key", "secret_key", ({ environment }) => [
    environment.encryptionKey,
    environment.secretKey,
  ]),
  distinctKeys("encryption_key", "jwt_secret", ({ environment }) => [
    environment.encryptionKey,
    environment.jwtSecret,
  ]),
];

/** Every violated constraint, except on a setting that already has another problem. */
export function crossCheck(
  config: GatheredConfig,
  values: SettledValues,
  problems: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  return CROSS_CHECKS.filter(({ paths }) => !paths.some((path) => isInDoubt(path, values, problems)))
    .filter(({ isBroken }) => isBroken(config))
    .map(({ paths, message }) => ({
      path: paths[0],
      source: sourceOf(paths[0], values),
      message: `${message}${shownPair(paths, values)}`,
    }));
}

/** An incomplete provider would silently not be offered. */
function providerChecks(provider: "google" | "microsoft"): readonly CrossCheck[] {
  const id = `oauth_providers.${provider}.client_id`;
  const secret = `oauth_providers.${provider}.client_secret`;
  const settings = (config: GatheredConfig) => config.oauthProviders[provider];
  return [
    {
      paths: [id, secret],
      message: `is set, but ${secret} is not`,
      isBroken: (config) =>
        settings(config).clientId !== undefined && settings(config).clientSecret === undefined,
    },
    {
      paths: [secret, id],
      message: `is set, but ${id} is not`,
      isBroken: (config) =>
        settings(config).clientSecret !== undefined && settings(config).clientId === undefined,
    },
  ];
}

/** One key per purpose: a leak of one of two equal keys is a leak of both. */
function distinctKeys(
  blamed: string,
  other: string,
  pick: (config: GatheredConfig) => readonly [Secret | undefined, Secret | undefined],
): CrossCheck {
  return {
    paths: [`environment.${blamed}`, `environment.${other}`],
    message: `must differ from environment.${other}: each key serves one purpose`,
    isBroken: (config) => {
      const [a, b] = pick(config);
      return a !== undefined && a.reveal() === b?.reveal();
    },
  };
}

/** A setting that failed, or that has its default only because its source could not be read. */
function isInDoubt(path: string, values: SettledValues, problems: readonly ConfigProblem[]): boolean {
  const unset = !isChosen(sourceOf(path, values));
  return problems.some((problem) => {
    const subject = problem.path.replace(/\[\d+\]$/, "");
    if (subject === path) return true;
    return unset && (subject === "" || subject === "security_level" || path.startsWith(`${subject}.`));
  });
}

function sourceOf(path: string, values: SettledValues): ConfigSource {
  return values.get(path)?.source ?? { kind: "default" };
}

function isChosen({ kind }: ConfigSource): boolean {
  return kind !== "default" && kind !== "preset";
}

function shownPair(paths: readonly [string, string], values: SettledValues): string {
  const [blamed, other] = paths.map((path) => values.get(path)?.value);
  if (blamed instanceof Secret || other === undefined || other instanceof Secret) return "";
  const otherSource = describeSource(sourceOf(paths[1], values));
  return `; it is ${printableValue(blamed)}, the other ${printableList(other)} (${otherSource})`;
}

function printableList(value: unknown): string {
  return Array.isArray(value) ? value.map(printableValue).join(", ") : printableValue(value);
}

import { generateURI } from "otplib";
import { type Parsed, parsed, problem } from "../parsed.js";
import { parseTotpSecret, type TotpKey, type TotpParameters } from "./totp.js";

/** The allowed parameters, once each. Anything else could change how codes are computed (`encoder=steam`). */
const PARAMETERS: ReadonlySet<string> = new Set(["secret", "issuer", "algorithm", "digits", "period"]);

const ALGORITHMS: readonly TotpParameters["algorithm"][] = ["SHA1", "SHA256", "SHA512"];

/** The same bounds as the policy's: a long step gives more time to guess, a short one locks out slow clocks. */
const PERIOD_SECONDS = { min: 15, max: 120 };

/**
 * Parses a key URI `otpauth://totp/...` of another system. A missing parameter has the format's default: SHA1, six digits, 30 seconds. Label and
 * issuer are for display only: they may be anything and are not kept.
 */
export function parseOtpauthUri(input: string): Parsed<TotpKey> {
  // The URL parser drops line breaks and tabs silently.
  if (/\p{C}/u.test(input) || !URL.canParse(input)) return problem("is not a key URI otpauth://totp/...");
  const { protocol, host, searchParams: given } = new URL(input);
  if (protocol !== "otpauth:" || host !== "totp") return problem("is not a key URI otpauth://totp/...");
  const names = [...given.keys()];
  if (names.some((name) => !PARAMETERS.has(name))) return problem(`has a parameter besides ${LISTED}`);
  if (new Set(names).size < names.length) return problem("has a parameter twice");
  const secret = parseTotpSecret(given.get("secret") ?? "");
  if (!secret.ok) return problem(`has a secret that ${secret.problem}`);
  const parameters = parseParameters(given);
  return parameters.ok ? parsed({ secret: secret.value, parameters: parameters.value }) : parameters;
}

const LISTED = [...PARAMETERS].join(", ");

function parseParameters(given: URLSearchParams): Parsed<TotpParameters> {
  const name = given.get("algorithm") ?? "SHA1";
  const algorithm = ALGORITHMS.find((known) => known === name.toUpperCase());
  if (algorithm === undefined) return problem(`has an algorithm other than ${ALGORITHMS.join(", ")}`);
  const digits = DIGITS.get(given.get("digits") ?? "6");
  if (digits === undefined) return problem("has digits other than 6 and 8");
  const period = given.get("period") ?? "30";
  const periodSeconds = /^[0-9]{1,3}$/.test(period) ? Number(period) : 0;
  const { min, max } = PERIOD_SECONDS;
  if (periodSeconds < min || periodSeconds > max) return problem(`has a period other than ${min} to ${max}`);
  return parsed({ algorithm, digits, periodSeconds });
}

const DIGITS: ReadonlyMap<string, TotpParameters["digits"]> = new Map([
  ["6", 6],
  ["8", 8],
]);

/** Writes a key URI that `parseOtpauthUri` can parse, whatever the names contain. */
export function otpauthUri(
  { secret, parameters }: TotpKey,
  names: { readonly issuer: string; readonly account: string },
): string {
  const [issuer, account] = [encodeURIComponent(names.issuer), encodeURIComponent(names.account)];
  const { algorithm, digits, periodSeconds } = parameters;
  const query = `secret=${secret}&issuer=${issuer}&algorithm=${algorithm}&digits=${digits}&period=${periodSeconds}`;
  return `otpauth://totp/${issuer}:${account}?${query}`;
}

/** The key URI that authenticator apps read. Neither name may hold a colon: apps split the label there. */
export function totpUri(input: {
  readonly issuer: string;
  readonly accountName: string;
  readonly secret: string;
  readonly parameters: TotpParameters;
}): string {
  const { algorithm, digits, periodSeconds } = input.parameters;
  return generateURI({
    issuer: input.issuer,
    label: input.accountName,
    secret: input.secret,
    algorithm: hashName(algorithm),
    digits,
    period: periodSeconds,
  });
}

function hashName(algorithm: TotpParameters["algorithm"]): "sha1" | "sha256" | "sha512" {
  const names = { SHA1: "sha1", SHA256: "sha256", SHA512: "sha512" } as const;
  return names[algorithm];
}

import { crypto } from "@otplib/plugin-crypto-node";
import { generateSecret, generateURI } from "otplib";

/** RFC 6238 parameters, stored with each factor so that a change of policy never breaks an enrolled authenticator. */
export interface TotpParameters {
  readonly algorithm: "SHA1" | "SHA256" | "SHA512";
  readonly digits: 6 | 8;
  /** Length of a time step in seconds. */
  readonly periodSeconds: number;
}

/** A secret with its parameters: all that codes are computed from. */
export interface TotpKey {
  readonly secret: string;
  readonly parameters: TotpParameters;
}

/** RFC 4226 section 4 R6 recommends 160 bits. */
const SECRET_BYTES = 20;

/** A fresh secret in base32 without padding. */
export function generateTotpSecret(): string {
  return generateSecret({ crypto, length: SECRET_BYTES });
}

/** The time step that holds this moment. */
export function totpStep(at: Date, { periodSeconds }: Pick<TotpParameters, "periodSeconds">): bigint {
  return BigInt(Math.floor(at.getTime() / 1000 / periodSeconds));
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

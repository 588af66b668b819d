import { createLocalJWKSet, importJWK, type JWK, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { ConfigurationError } from "../../config/forms/configuration-error.js";

/** Public keys that verify callers' tokens. */
export interface KeySet {
  readonly find: JWTVerifyGetKey;
}

export const KEY_SET_ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;
const MIN_RSA_BITS = 2_048;

const keySet = z.looseObject({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(100),
});

/**
 * Reads a JSON Web Key Set (RFC 7517). Keys for other uses and algorithms are ignored, because issuers publish those too. Throws ConfigurationError
 * for a set without a usable key, with a malformed one, or with a secret.
 */
export async function parseKeySet(text: string, name: string): Promise<KeySet> {
  const shaped = keySet.safeParse(parseJson(text, name));
  if (!shaped.success) throw new ConfigurationError([`${name} is no JSON Web Key Set`]);
  const keys: readonly JWK[] = shaped.data.keys;
  if (keys.some(({ kty, d, k }) => kty === "oct" || d !== undefined || k !== undefined)) {
    throw new ConfigurationError([
      `${name} holds a private or secret key: publish public keys only, and replace that one`,
    ]);
  }
  const usable = keys.flatMap((key) => {
    const algorithm = algorithmOf(key);
    return algorithm === undefined ? [] : [{ ...key, alg: algorithm }];
  });
  if (usable.length === 0) throw new ConfigurationError([`${name} holds no key for RS256, ES256 or EdDSA`]);
  const broken = await Promise.all(usable.map(isBroken));
  if (broken.includes(true))
    throw new ConfigurationError([`${name} holds a broken key, or an RSA key below ${MIN_RSA_BITS} bits`]);
  return { find: createLocalJWKSet({ keys: usable }) };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigurationError([`${name} is not JSON`]);
  }
}

/** The supported algorithm that a key is for. */
function algorithmOf({ kty, crv, alg, use, key_ops }: JWK): (typeof KEY_SET_ALGORITHMS)[number] | undefined {
  if ((use ?? "sig") !== "sig" || key_ops?.includes("verify") === false) return undefined;
  if (kty === "RSA" && (alg ?? "RS256") === "RS256") return "RS256";
  if (kty === "EC" && crv === "P-256" && (alg ?? "ES256") === "ES256") return "ES256";
  return kty === "OKP" && crv === "Ed25519" && (alg ?? "EdDSA") === "EdDSA" ? "EdDSA" : undefined;
}

async function isBroken(key: JWK & { readonly alg: string }): Promise<boolean> {
  try {
    await importJWK(key, key.alg);
    return key.kty === "RSA" && Buffer.from(key.n ?? "", "base64url").length * 8 < MIN_RSA_BITS;
  } catch {
    return true;
  }
}

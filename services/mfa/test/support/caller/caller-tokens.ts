import { randomBytes } from "node:crypto";
import { Secret } from "@countersign/security-config";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import type { BearerConfig } from "../../../src/config/callers/caller-config.js";
import type { TestClock } from "../test-clock.js";

export const ISSUER = "https://issuer.test";
export const AUDIENCE = "countersign";

/** Signs tokens as an issuer does. */
export interface TokenKey {
  readonly algorithm: string;
  readonly key: CryptoKey | Uint8Array;
  readonly kid?: string;
}

/** A key pair of an issuer, and its public half as its key set has it. */
export interface PublishedKey extends TokenKey {
  readonly jwk: JWK;
}

export async function publishedKey(
  algorithm: "RS256" | "ES256" | "EdDSA",
  kid: string,
): Promise<PublishedKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    algorithm,
    key: privateKey,
    kid,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" },
  };
}

export function keySetOf(...keys: readonly PublishedKey[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
}

/** The secret that JWT_SECRET shares, and the configuration that accepts its tokens. */
export function sharedSecret(): {
  readonly key: TokenKey;
  readonly bearer: BearerConfig;
  readonly secret: string;
} {
  const secret = randomBytes(32).toString("base64");
  return {
    secret,
    key: { algorithm: "HS256", key: new TextEncoder().encode(secret) },
    bearer: {
      issuer: ISSUER,
      audience: AUDIENCE,
      keys: { kind: "secret", secret: new Secret(secret), algorithm: "HS256" },
    },
  };
}

/** A good token of one minute, save for what the test changes; `undefined` leaves a claim out. */
export async function token(
  { algorithm, key, kid }: TokenKey,
  clock: Pick<TestClock, "ms">,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const now = Math.floor(clock.ms / 1_000);
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: "login", iat: now, exp: now + 60, ...changes };
  const header = { alg: algorithm, ...(kid === undefined ? {} : { kid }) };
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

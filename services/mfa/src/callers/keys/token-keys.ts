import type { JWTVerifyGetKey } from "jose";

/** Where the keys of bearer tokens come from. */
export interface TokenKeys {
  /** The only algorithms that these keys verify. Never HMAC beside a public-key algorithm. */
  readonly algorithms: readonly string[];
  /** Must reject when no key fits. */
  readonly find: JWTVerifyGetKey;
  /** Another object once keys came or went: what was verified before counts no more. */
  readonly version: () => object;
}

/** The one secret shared with the issuer of tokens. */
export function secretTokenKeys(secret: string, algorithm: string): TokenKeys {
  const key = new TextEncoder().encode(secret);
  return { algorithms: [algorithm], find: () => key, version: () => key };
}

import type { JWTVerifyGetKey } from "jose";

/** The source of the keys of bearer tokens. */
export interface TokenKeys {
  /** The only algorithms that these keys verify. Never HMAC together with a public-key algorithm. */
  readonly algorithms: readonly string[];
  /** Must reject if no key matches. */
  readonly find: JWTVerifyGetKey;
  /** A new object after each change of keys: what was verified before is no longer valid. */
  readonly version: () => object;
}

/** The secret shared with the issuer of tokens. */
export function secretTokenKeys(secret: string, algorithm: string): TokenKeys {
  const key = new TextEncoder().encode(secret);
  return { algorithms: [algorithm], find: () => key, version: () => key };
}

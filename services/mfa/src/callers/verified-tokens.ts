import { createHash } from "node:crypto";
import type { VerifiedToken } from "./bearer-token.js";

const MAX_TOKENS = 1_000;

/**
 * Verified tokens, until they expire: callers use one for minutes, and checking a signature costs more than the rest of authentication. Stored by
 * digest, so that no token is kept; bounded; emptied after every change of keys.
 */
export class VerifiedTokens {
  readonly #byDigest = new Map<string, VerifiedToken>();
  #version: object | undefined;

  find(token: string, now: number, version: object): VerifiedToken | undefined {
    if (this.#version !== version) return undefined;
    const known = this.#byDigest.get(digestOf(token));
    return known !== undefined && now < known.expiresAt ? known : undefined;
  }

  /** `version` must be that of the keys before the token was verified. */
  add(token: string, verified: VerifiedToken, version: object): void {
    if (this.#version !== version) this.#byDigest.clear();
    this.#version = version;
    const oldest = this.#byDigest.size < MAX_TOKENS ? undefined : this.#byDigest.keys().next().value;
    if (oldest !== undefined) this.#byDigest.delete(oldest);
    this.#byDigest.set(digestOf(token), verified);
  }
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

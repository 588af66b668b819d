import { errors, type JWTPayload, jwtVerify } from "jose";
import { MfaError } from "../domain/errors.js";
import type { TokenKeys } from "./keys/token-keys.js";

/** Longest life of a caller's token: a stolen one is of little use. */
const MAX_LIFE_S = 300;
/** How far the issuer's clock may differ. */
const CLOCK_TOLERANCE_S = 5;

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly now: () => Date;
}

/** Whom a verified token names, and until when. */
export interface VerifiedToken {
  readonly subject: string;
  /** In milliseconds, the tolerance included. */
  readonly expiresAt: number;
}

/** A token that proves nothing. The code says why, to operators only; no part of the token is in it. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";

  constructor(readonly code: string) {
    super(`bearer token refused: ${code}`);
  }
}

/** Throws TokenRefused for a token that proves nothing, and MfaError STORE_UNAVAILABLE when its keys cannot be had. */
export async function verifyToken(token: string, keys: TokenKeys, rules: TokenRules): Promise<VerifiedToken> {
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: [...keys.algorithms],
      issuer: rules.issuer,
      audience: rules.audience,
      requiredClaims: ["exp", "iat", "sub"],
      maxTokenAge: MAX_LIFE_S,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: rules.now(),
    });
    return verified(payload);
  } catch (error) {
    if (error instanceof TokenRefused || error instanceof MfaError) throw error;
    throw new TokenRefused(codeOf(error));
  }
}

function verified({ exp, iat, sub }: JWTPayload): VerifiedToken {
  if (exp === undefined || iat === undefined || sub === undefined || sub === "")
    throw new TokenRefused("CLAIM_MISSING");
  if (exp - iat > MAX_LIFE_S) throw new TokenRefused("LIFE_TOO_LONG");
  return { subject: sub, expiresAt: (exp + CLOCK_TOLERANCE_S) * 1_000 };
}

function codeOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `${error.code} ${error.claim}`;
  return error instanceof errors.JOSEError ? error.code : "UNREADABLE";
}

import { errors, type JWTPayload, jwtVerify } from "jose";
import { MfaError } from "../domain/errors.js";
import type { TokenKeys } from "./keys/token-keys.js";

/** Longest lifetime of a caller's token, to limit the use of a stolen one. */
const MAX_LIFE_S = 300;
/** Tolerated difference from the issuer's clock. */
const CLOCK_TOLERANCE_S = 5;

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly now: () => Date;
}

/** The subject of a verified token, and its expiry. */
export interface VerifiedToken {
  readonly subject: string;
  /** In milliseconds, the tolerance included. */
  readonly expiresAt: number;
}

/** An invalid token. The code says why, for operators only; it contains no part of the token. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";

  constructor(readonly code: string) {
    super(`bearer token refused: ${code}`);
  }
}

/** Throws TokenRefused for an invalid token, and MfaError STORE_UNAVAILABLE if its keys cannot be fetched. */
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

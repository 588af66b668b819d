import { MfaError, storeUnavailable } from "../../../domain/errors.js";

/** SQLSTATE classes that mean a mistake of ours, not a fault of the store: data, constraint, rights and syntax. */
const OUR_MISTAKE = /^(?:22|23|42)/;

/** What a driver's error means to a caller. A mistake of ours goes on as it is and ends as INTERNAL, logged in full. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof MfaError) return error;
  const code = codeOf(error);
  return code === undefined || OUR_MISTAKE.test(code) ? error : storeUnavailable("postgres", error);
}

/** A SQLSTATE or the driver's or system's own code, ECONNREFUSED say. Drizzle wraps the driver's error as the cause of its own. */
export function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}

/**
 * What says that the primary is not, or no longer, where the call went: nobody answers there, a standby does (the driver then ends its
 * connection), the server is starting or stopping, or it takes no writes any more.
 */
const ELSEWHERE = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "CONNECT_TIMEOUT",
  "CONNECTION_DESTROYED",
  "57P03",
  "25006",
]);

/** Whether connections should be made anew, to whichever server is the primary now. */
export function isElsewhere(error: unknown): boolean {
  return ELSEWHERE.has(codeOf(error) ?? "");
}

/**
 * Why the server did not begin a named statement; undefined when it may have. PostgreSQL looks names and plans up when it binds parameters, before
 * it executes anything, and skips the rest of the statement's messages after an error: it may be sent again.
 */
export function whyNotBegun(error: unknown): "name lost" | "plan outdated" | undefined {
  const code = codeOf(error);
  // invalid_sql_statement_name, duplicate_prepared_statement: a pooler gave this transaction another server connection than the one before.
  if (code === "26000" || code === "42P05") return "name lost";
  // "cached plan must not change result type": the schema has changed. The code alone, feature_not_supported, says too little.
  return code === "0A000" && routineOf(error) === "RevalidateCachedQuery" ? "plan outdated" : undefined;
}

/** The function of PostgreSQL that raised the error. */
function routineOf(error: unknown): unknown {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("routine" in at) return at.routine;
  }
  return undefined;
}

/** A role or password that does not hold (class 28), or a certificate that is not believed. */
const REFUSED = /^(?:28...|CERT_.*|UNABLE_TO_.*|SELF_SIGNED_.*|DEPTH_ZERO_.*|ERR_TLS_.*)$/;

/** Whether the server, or this side on seeing its certificate, refused to make the connection. */
export function isRefusedAccess(error: unknown): boolean {
  return REFUSED.test(codeOf(error) ?? "");
}

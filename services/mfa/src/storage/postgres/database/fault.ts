import { MfaError, storeUnavailable } from "../../../domain/errors.js";

/** SQLSTATE classes that mean a bug, not a fault of the store: data, constraint, privilege and syntax. */
const OUR_MISTAKE = /^(?:22|23|42)/;

/** Maps a driver's error. A bug is passed on unchanged and ends as INTERNAL, logged in full. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof MfaError) return error;
  const code = codeOf(error);
  return code === undefined || OUR_MISTAKE.test(code) ? error : storeUnavailable("postgres", error);
}

/** A SQLSTATE or the driver's or system's own code, such as ECONNREFUSED. Drizzle wraps the driver's error as the cause of its own. */
export function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}

/**
 * Codes that mean that the server is not, or no longer, the primary: it does not answer, it is a standby (the driver then closes the connection), it
 * is starting or stopping, or it no longer accepts writes.
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

/** Whether connections should be reopened, to the current primary. */
export function isElsewhere(error: unknown): boolean {
  return ELSEWHERE.has(codeOf(error) ?? "");
}

/**
 * Why the server did not start a named statement; undefined if it may have. PostgreSQL looks names and plans up when it binds parameters, before it
 * executes anything, and skips the rest of the statement's messages after an error: it may be sent again.
 */
export function whyNotBegun(error: unknown): "name lost" | "plan outdated" | undefined {
  const code = codeOf(error);
  // invalid_sql_statement_name, duplicate_prepared_statement: a pooler gave this transaction another server connection than the previous one.
  if (code === "26000" || code === "42P05") return "name lost";
  // "cached plan must not change result type": the schema has changed. The code alone, feature_not_supported, is ambiguous.
  return code === "0A000" && routineOf(error) === "RevalidateCachedQuery" ? "plan outdated" : undefined;
}

/** The function of PostgreSQL that raised the error. */
function routineOf(error: unknown): unknown {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("routine" in at) return at.routine;
  }
  return undefined;
}

/** An invalid role or password (class 28), or an untrusted certificate. */
const REFUSED = /^(?:28...|CERT_.*|UNABLE_TO_.*|SELF_SIGNED_.*|DEPTH_ZERO_.*|ERR_TLS_.*)$/;

/** Whether the server refused the connection, or this side refused the server's certificate. */
export function isRefusedAccess(error: unknown): boolean {
  return REFUSED.test(codeOf(error) ?? "");
}

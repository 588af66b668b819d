import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf, retryAfterMsOf } from "./error-details.js";

/**
 * What a failed call means for a retry.
 *
 * `unreached`: the service has not received it. `unanswered`: it may have taken effect and its answer is lost. `unavailable`: the service, or a proxy
 * before it, could not process it. `in-flight`: the same request is still being processed. `final`: a retry is useless.
 */
export type CallFailure =
  | { readonly kind: "unreached" | "unanswered" | "final" }
  | { readonly kind: "unavailable" | "in-flight"; readonly waitMs: number | undefined };

const FINAL: CallFailure = { kind: "final" };

/** Classifies the error of a call that its caller did not cancel. */
export function failureOf(error: ConnectError): CallFailure {
  if (reasonOf(error) !== undefined) return refusalOf(error);
  if (isUnreached(error)) return { kind: "unreached" };
  if (isBroken(error)) return { kind: "unanswered" };
  return error.code === Code.Unavailable ? { kind: "unavailable", waitMs: pushbackMs(error) } : FINAL;
}

/** The service's own errors say when a retry may help; without it a retry does not help. */
function refusalOf(error: ConnectError): CallFailure {
  const waitMs = pushbackMs(error);
  if (waitMs === undefined) return FINAL;
  if (error.code === Code.Unavailable) return { kind: "unavailable", waitMs };
  return reasonOf(error) === "REQUEST_IN_FLIGHT" ? { kind: "in-flight", waitMs } : FINAL;
}

/** RetryInfo, or gRPC's own retry pushback. A pushback that is not a number of milliseconds means never (gRFC A6). */
function pushbackMs(error: ConnectError): number | undefined {
  const told = retryAfterMsOf(error);
  if (told !== undefined) return told;
  const pushback = error.metadata.get("grpc-retry-pushback-ms");
  if (pushback === null) return undefined;
  return /^\d{1,9}$/.test(pushback) ? Number(pushback) : Number.POSITIVE_INFINITY;
}

/**
 * A stream that was refused was not processed at all (RFC 9113 section 8.7): connect-node reports this for calls that cross the end of an aged
 * connection. Nor was one whose connection was never established.
 */
function isUnreached(error: ConnectError): boolean {
  if (/\bNGHTTP2_REFUSED_STREAM\b|\berror code REFUSED_STREAM\b/.test(error.rawMessage)) return true;
  return ["connect", "getaddrinfo"].includes(nodeError(error)?.syscall ?? "");
}

/** connect-node's error texts for a connection that ended during a call: a reset, or a stream that closed without an answer. */
function isBroken(error: ConnectError): boolean {
  const cut = error.code === Code.Canceled && error.rawMessage.startsWith("http/2 stream closed");
  return cut || ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(nodeError(error)?.code ?? "");
}

function nodeError(error: ConnectError): NodeJS.ErrnoException | undefined {
  return error.cause instanceof Error ? error.cause : undefined;
}

/** The error for the caller of the client: connect-node reports a lost connection as canceled or aborted, although the caller did neither. */
export function outward(error: ConnectError, { kind }: CallFailure): ConnectError {
  if (kind !== "unanswered" && kind !== "unreached") return error;
  const text =
    kind === "unanswered" ? "the connection broke before the answer" : "the service was not reached";
  return new ConnectError(text, Code.Unavailable, error.metadata, undefined, error);
}

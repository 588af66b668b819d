import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf, retryAfterMsOf } from "./error-details.js";

/**
 * What a failed call means for whoever would send it again.
 *
 * `unreached`: the service has seen nothing of it. `unanswered`: it may have taken effect and its answer is lost. `unavailable`: the service,
 * or what stands before it, could not do it. `in-flight`: the same request is still being worked on. `final`: sending it again is no use.
 */
export type CallFailure =
  | { readonly kind: "unreached" | "unanswered" | "final" }
  | { readonly kind: "unavailable" | "in-flight"; readonly waitMs: number | undefined };

const FINAL: CallFailure = { kind: "final" };

/** Reads an error of a call that its own caller did not give up. */
export function failureOf(error: ConnectError): CallFailure {
  if (reasonOf(error) !== undefined) return refusalOf(error);
  if (isUnreached(error)) return { kind: "unreached" };
  if (isBroken(error)) return { kind: "unanswered" };
  return error.code === Code.Unavailable ? { kind: "unavailable", waitMs: pushbackMs(error) } : FINAL;
}

/** The service says with each error of its own when trying again may help; without that word it does not. */
function refusalOf(error: ConnectError): CallFailure {
  const waitMs = pushbackMs(error);
  if (waitMs === undefined) return FINAL;
  if (error.code === Code.Unavailable) return { kind: "unavailable", waitMs };
  return reasonOf(error) === "REQUEST_IN_FLIGHT" ? { kind: "in-flight", waitMs } : FINAL;
}

/** RetryInfo, or what gRPC's own retries go by. A pushback that is no number of milliseconds means never (gRFC A6). */
function pushbackMs(error: ConnectError): number | undefined {
  const told = retryAfterMsOf(error);
  if (told !== undefined) return told;
  const pushback = error.metadata.get("grpc-retry-pushback-ms");
  if (pushback === null) return undefined;
  return /^\d{1,9}$/.test(pushback) ? Number(pushback) : Number.POSITIVE_INFINITY;
}

/**
 * A stream that was refused was not processed at all (RFC 9113 section 8.7): connect-node reports so the calls that cross the end of an aged
 * connection. Nor was one whose connection was never made.
 */
function isUnreached(error: ConnectError): boolean {
  if (/\bNGHTTP2_REFUSED_STREAM\b|\berror code REFUSED_STREAM\b/.test(error.rawMessage)) return true;
  return ["connect", "getaddrinfo"].includes(nodeError(error)?.syscall ?? "");
}

/** connect-node's words for a connection that ended under a call: a reset, or a stream that closed without an answer. */
function isBroken(error: ConnectError): boolean {
  const cut = error.code === Code.Canceled && error.rawMessage.startsWith("http/2 stream closed");
  return cut || ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(nodeError(error)?.code ?? "");
}

function nodeError(error: ConnectError): NodeJS.ErrnoException | undefined {
  return error.cause instanceof Error ? error.cause : undefined;
}

/** As the caller of the client gets it: connect-node calls a lost connection canceled or aborted, which its caller has not done. */
export function outward(error: ConnectError, { kind }: CallFailure): ConnectError {
  if (kind !== "unanswered" && kind !== "unreached") return error;
  const text =
    kind === "unanswered" ? "the connection broke before the answer" : "the service was not reached";
  return new ConnectError(text, Code.Unavailable, error.metadata, undefined, error);
}

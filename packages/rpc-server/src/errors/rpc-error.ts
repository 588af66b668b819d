import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  HelpSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@countersign/protocol/google/rpc/error_details_pb.js";
import type { ErrorDoor, KnownError } from "./error-door.js";
import { TRANSPORT_CODES, TransportError } from "./transport-error.js";

/** One google.rpc detail message, beside its descriptor. */
export interface ErrorDetail {
  readonly desc: DescMessage;
  readonly value: Message;
}

/** An error as sent. Everything in it may be shown to the caller. */
export interface RpcError {
  readonly code: Code;
  readonly reason: string;
  readonly message: string;
  /** Exactly one ErrorInfo and one RequestInfo; BadRequest and RetryInfo if they apply; Help if there is a page. */
  readonly details: readonly ErrorDetail[];
  /** The delay of RetryInfo, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Which limit was met, for metrics. */
  readonly limit?: string;
}

/** Converts a thrown value to the error that is sent. */
export type DescribeError = (thrown: unknown, requestId: string) => RpcError;

/** The known error for a thrown value; undefined for an internal fault. */
export type RecognizeError = (thrown: unknown) => KnownError | undefined;

const FAULT: KnownError = {
  code: Code.Internal,
  reason: "INTERNAL",
  message: "internal error",
  metadata: {},
  violations: [],
  retryAfterMs: undefined,
};

/** Knows the transport's errors and, through the error door, the service's. */
export function recognizeThrough(door: ErrorDoor): RecognizeError {
  return (thrown) => {
    if (!(thrown instanceof TransportError)) return door.recognize(thrown);
    const { reason, message, violations, retryAfterMs } = thrown;
    return { code: TRANSPORT_CODES[reason], reason, message, metadata: {}, violations, retryAfterMs };
  };
}

/** What the caller may know of any thrown value: a known error unchanged, everything else as INTERNAL without details. */
export function describeThrough(door: ErrorDoor): DescribeError {
  const recognize = recognizeThrough(door);
  return (thrown, requestId) => {
    const error = recognize(thrown) ?? FAULT;
    const { code, reason, message, retryAfterMs } = error;
    const { limit } = error.metadata;
    return {
      code,
      reason,
      message,
      details: detailsOf(error, { door, requestId }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(limit === undefined ? {} : { limit }),
    };
  };
}

function detailsOf(
  { reason, metadata, violations, retryAfterMs }: KnownError,
  { door, requestId }: { readonly door: ErrorDoor; readonly requestId: string },
): ErrorDetail[] {
  const details: ErrorDetail[] = [
    {
      desc: ErrorInfoSchema,
      value: create(ErrorInfoSchema, { reason, domain: door.domain, metadata: { ...metadata } }),
    },
    { desc: RequestInfoSchema, value: create(RequestInfoSchema, { requestId }) },
  ];
  if (violations.length > 0) {
    const fieldViolations = violations.map(({ field, description }) => ({ field, description }));
    details.push({ desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations }) });
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = durationFromMs(Math.ceil(retryAfterMs));
    details.push({ desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay }) });
  }
  if (door.helpFor !== undefined) {
    details.push({ desc: HelpSchema, value: create(HelpSchema, { links: [door.helpFor(reason)] }) });
  }
  return details;
}

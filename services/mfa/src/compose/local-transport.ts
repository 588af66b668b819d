import { create, type DescMessage, type DescMethod, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import {
  type CallContext,
  type Caller,
  describeThrough,
  type ServedService,
  type UnaryHandler,
} from "@countersign/rpc-server";
import type { Log } from "@countersign/telemetry-ports";
import { MFA_ERRORS } from "../rpc/errors.js";

/** The caller of calls within this process. */
export interface LocalCaller {
  readonly caller: Caller;
  readonly requestId: string;
  readonly log: Log;
}

type Handler = UnaryHandler<DescMessage, DescMessage>;

/** Longest time that a call may wait for a message provider. */
const TIME_LIMIT_MS = 30_000;
const NOBODY = { address: "local" };
const describe = describeThrough(MFA_ERRORS);

/**
 * Calls handlers within this process as a client does over the network, with the same requests, answers and reasons of errors. An INTERNAL error
 * keeps its cause, because the operator has access to the stores.
 */
export function localTransport(services: readonly ServedService[], as: LocalCaller): Transport {
  const handlers = new Map<DescMethod, Handler>();
  for (const served of services.flatMap(({ methods }) => methods))
    if (served.kind === "unary") handlers.set(served.method, served.handler);
  return {
    async unary(method, signal, timeoutMs, _, message) {
      const handler = handlers.get(method);
      if (handler === undefined) throw notServed(method);
      const call = callContext(as, { method, signal, timeoutMs });
      const answer = await handler(create(method.input, message), call).catch((thrown: unknown) => {
        throw outward(thrown, as);
      });
      return {
        stream: false,
        service: method.parent,
        method,
        header: call.reply.headers,
        trailer: call.reply.trailers,
        message: create(method.output, answer as MessageInitShape<typeof method.output>),
      };
    },
    stream: (method) => Promise.reject(notServed(method)),
  };
}

function callContext(
  { caller, requestId, log }: LocalCaller,
  call: {
    readonly method: DescMethod;
    readonly signal: AbortSignal | undefined;
    readonly timeoutMs: number | undefined;
  },
): CallContext {
  const deadline = performance.now() + (call.timeoutMs ?? TIME_LIMIT_MS);
  return {
    rpc: { service: call.method.parent.typeName, method: call.method.name },
    caller,
    requestId,
    peer: NOBODY,
    signal: call.signal ?? new AbortController().signal,
    deadline,
    get timeLeftMs() {
      return deadline - performance.now();
    },
    log,
    reply: { headers: new Headers(), trailers: new Headers() },
    // A command writes no access line.
    tell: () => undefined,
  };
}

function outward(thrown: unknown, { requestId }: LocalCaller): ConnectError {
  const { message, code, details } = describe(thrown, requestId);
  const outgoing = details.map(({ desc, value }) => ({ desc, value }));
  return new ConnectError(message, code, undefined, outgoing, thrown);
}

function notServed(method: DescMethod): ConnectError {
  return new ConnectError(`${method.toString()} is not served here`, Code.Unimplemented);
}

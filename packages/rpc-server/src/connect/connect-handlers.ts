import { create, createRegistry, type DescMessage, type Message } from "@bufbuild/protobuf";
import {
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  type HandlerContext,
} from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import type { Call } from "../pipeline/call.js";
import type { CallContext } from "../pipeline/call-context.js";
import { runStream } from "../pipeline/run-stream.js";
import { toConnectError } from "../refusals/connect-error.js";
import { MAX_MESSAGE_BYTES } from "../refusals/message-limit.js";
import { refusalOf } from "../refusals/refusal.js";
import type { ServedMethod, ServedService } from "../services/served-service.js";

/** A call whose answer Connect encodes: a message, or nothing if a stream has sent its messages. */
export type ConnectCall = Call<Message | undefined>;

/** Binds a request that Connect decodes and encodes to its call in the pipeline. */
export interface CallBinding {
  readonly call: ConnectCall;
  /** Aborted with Connect's own error when Connect refuses the request by itself. */
  signal?: AbortSignal;
}

export const CALL_BINDING = createContextKey<CallBinding | undefined>(undefined);

/** Connect's handlers for every RPC, by path. */
export function connectHandlers(services: readonly ServedService[]): ReadonlyMap<string, UniversalHandler> {
  const router = createConnectRouter({
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: MAX_MESSAGE_BYTES,
    // Answers contain secrets beside text that a caller chose: the compressed length would reveal the secret (BREACH).
    compressMinBytes: Number.MAX_SAFE_INTEGER,
    jsonOptions: jsonOptions(services),
    // Reflection answers with the request: unknown fields, which need not be well-formed, must not be echoed.
    binaryOptions: { readUnknownFields: false },
    requestGate: observe,
  });
  for (const { methods } of services) for (const served of methods) register(router, served);
  return new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
}

/** Connect accepts a decoder that its option type does not list. */
function jsonOptions(services: readonly ServedService[]) {
  return {
    ignoreUnknownFields: false,
    // A byte order mark (RFC 8259 section 8.1) and what is not UTF-8 are refused: two texts that differ are never read as one.
    textDecoder: new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }),
    registry: createRegistry(...services.map(({ service }) => service.file)),
  };
}

/** The caller was admitted before Connect. The signal shows what Connect refuses by itself. */
function observe(context: HandlerContext): Promise<void> {
  callBindingOf(context).signal = context.signal;
  return Promise.resolve();
}

function register(router: ConnectRouter, served: ServedMethod): void {
  switch (served.kind) {
    case "unary": {
      const { method, handler } = served;
      router.rpc(method, async (request, context) => {
        const { call } = callBindingOf(context);
        await call.run(async () => create(method.output, await handler(request, call)));
        const { settled } = call;
        if (settled?.kind !== "answered" || settled.payload === undefined) refuseSettled(call);
        for (const [name, value] of call.replied?.headers ?? []) context.responseHeader.append(name, value);
        for (const [name, value] of call.replied?.trailers ?? []) context.responseTrailer.append(name, value);
        return settled.payload;
      });
      return;
    }
    case "server_streaming": {
      const { method, handler } = served;
      router.rpc(method, (request, context) => stream(context, (call) => handler(request, call)));
      return;
    }
    case "bidi_streaming": {
      const { method, handler } = served;
      router.rpc(method, (requests, context) =>
        stream(context, (call) => handler(decodedOnly(requests, method.input), call)),
      );
    }
  }
}

async function* stream<T>(context: HandlerContext, messages: (call: CallContext) => AsyncIterable<T>) {
  const { call } = callBindingOf(context);
  yield* runStream(call, () => messages(call));
  if (call.settled?.kind !== "answered") refuseSettled(call);
}

/** Reports a stream's undecodable message with our own error, as `askConnect` does for a single message. */
async function* decodedOnly<T>(requests: AsyncIterable<T>, input: DescMessage): AsyncGenerator<T, void> {
  try {
    yield* requests;
  } catch (thrown) {
    // Another error is the stream's own, as when its client resets it.
    throw thrown instanceof ConnectError ? refusalOf(thrown, input) : thrown;
  }
}

function callBindingOf(context: HandlerContext): CallBinding {
  const tie = context.values.get(CALL_BINDING);
  if (tie === undefined) throw new Error("the request came past the pipeline");
  return tie;
}

/** Stops Connect if the pipeline has already settled the call with an error. */
function refuseSettled({ settled }: ConnectCall): never {
  throw settled?.kind === "failed" ? toConnectError(settled.error) : new Error("the client went away");
}

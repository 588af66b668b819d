import type {
  DescMessage,
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { CallContext } from "../pipeline/call-context.js";

/** Answers one call: decode, one use case, encode. Throws TransportError to refuse. */
export type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  call: CallContext,
) => Promise<MessageInitShape<O>>;

/** Answers with a stream of messages. Must end soon after `call.signal` aborts. */
export type ServerStreamHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  call: CallContext,
) => AsyncIterable<MessageInitShape<O>>;

/** A bidirectional stream. Must end soon after `call.signal` aborts. */
export type BidiStreamHandler<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  call: CallContext,
) => AsyncIterable<MessageInitShape<O>>;

type HandlerOf<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? UnaryHandler<I, O>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? ServerStreamHandler<I, O>
      : M extends DescMethodBiDiStreaming<infer I, infer O>
        ? BidiStreamHandler<I, O>
        : never;

/** A handler for every RPC of a service: a missing one does not compile. */
export type ServiceHandlers<S extends DescService> = {
  readonly [K in keyof S["method"]]: HandlerOf<S["method"][K]>;
};

/** One RPC and its handler. */
export type ServedMethod =
  | {
      readonly kind: "unary";
      readonly method: DescMethodUnary;
      readonly handler: UnaryHandler<DescMessage, DescMessage>;
    }
  | {
      readonly kind: "server_streaming";
      readonly method: DescMethodServerStreaming;
      readonly handler: ServerStreamHandler<DescMessage, DescMessage>;
    }
  | {
      readonly kind: "bidi_streaming";
      readonly method: DescMethodBiDiStreaming;
      readonly handler: BidiStreamHandler<DescMessage, DescMessage>;
    };

export interface ServedService {
  readonly service: DescService;
  readonly methods: readonly ServedMethod[];
}

/** Binds a service's descriptor to its handlers. */
export function serveService<S extends DescService>(service: S, handlers: ServiceHandlers<S>): ServedService {
  const byName = handlers as Readonly<Record<string, unknown>>;
  const methods = service.methods.map((method) => {
    const handler = byName[method.localName];
    if (typeof handler !== "function") throw new Error(`${method.toString()} has no handler`);
    // The mapped type above has checked each handler against its method; a map by name cannot express that.
    return { kind: method.methodKind, method, handler } as ServedMethod;
  });
  return { service, methods };
}

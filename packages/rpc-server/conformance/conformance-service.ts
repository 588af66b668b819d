import { setTimeout } from "node:timers/promises";
import {
  type DescMessage,
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  toJson,
} from "@bufbuild/protobuf";
import { AnySchema, anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  type CallContext,
  type Caller,
  type Credentials,
  describeThrough,
  type ErrorDetail,
  type ErrorDoor,
  parseConnectTimeout,
  parseGrpcTimeout,
  type RpcError,
  type ServedService,
  type UnaryHandler,
} from "@countersign/rpc-server";
import type { SuiteMessages } from "./wire.js";

/** What the suite's client may send and expects to be echoed. */
const ECHOED_HEADERS = ["x-conformance-test", "x-custom-header", "content-type"];

interface HeaderJson {
  readonly name: string;
  readonly value?: readonly string[];
}

interface ResponseDefinition {
  readonly responseHeaders?: readonly HeaderJson[];
  readonly responseTrailers?: readonly HeaderJson[];
  readonly responseData?: string;
  readonly responseDelayMs?: number;
  readonly error?: {
    readonly code: string;
    readonly message?: string;
    readonly details?: readonly JsonObject[];
  };
}

/** Passes observations of the request to the handler. */
interface ConformanceCaller extends Caller {
  readonly requestHeaders: readonly HeaderJson[];
  readonly timeoutMs: number | undefined;
}

export function conformanceCaller({ header }: Credentials): ConformanceCaller {
  const requestHeaders = ECHOED_HEADERS.flatMap((name) => {
    const value = header(name);
    return value === undefined ? [] : [{ name, value: value.split(/, */) }];
  });
  const timeout =
    parseGrpcTimeout(header("grpc-timeout")) ?? parseConnectTimeout(header("connect-timeout-ms"));
  return { id: "conformance", requestHeaders, timeoutMs: typeof timeout === "number" ? timeout : undefined };
}

/** The suite prescribes each of its errors completely: only the transport's own errors are described here. */
export const NO_ERRORS: ErrorDoor = { domain: "conformance", recognize: () => undefined };

const describe = describeThrough(NO_ERRORS);

/** An error as the suite prescribes it. */
class PrescribedError extends Error {
  constructor(readonly rpcError: RpcError) {
    super(rpcError.message);
  }
}

export function describePrescribed(thrown: unknown, requestId: string): RpcError {
  if (thrown instanceof PrescribedError) return thrown.rpcError;
  // The suite wants no details if it prescribes none.
  return { ...describe(thrown, requestId), details: [] };
}

/** The suite's service, without its streams and the one RPC that must not exist. */
export function createConformanceService(messages: SuiteMessages): ServedService {
  const service = messages.registry.getService("connectrpc.conformance.v1.ConformanceService");
  if (service === undefined) throw new Error("the suite has no service");
  const methods = service.methods.filter(
    (method): method is DescMethodUnary => method.methodKind === "unary" && method.name !== "Unimplemented",
  );
  return {
    service,
    methods: methods.map((method) => ({ kind: "unary", method, handler: handlerOf(method, messages) })),
  };
}

function handlerOf(method: DescMethodUnary, messages: SuiteMessages): UnaryHandler<DescMessage, DescMessage> {
  const { registry } = messages;
  return async (request, call) => {
    const json = toJson(method.input, request, { registry }) as JsonObject;
    const definition = (json.responseDefinition ?? {}) as ResponseDefinition;
    addMetadata(call, definition);
    await setTimeout(definition.responseDelayMs ?? 0);
    const { requestHeaders, timeoutMs } = call.caller as ConformanceCaller;
    const requestInfo = {
      requestHeaders,
      ...(timeoutMs === undefined ? {} : { timeoutMs: String(Math.round(timeoutMs)) }),
      requests: [{ "@type": `type.googleapis.com/${method.input.typeName}`, ...json }],
    };
    if (definition.error !== undefined) throw prescribed(definition.error, requestInfo, messages);
    const payload = { data: definition.responseData ?? "", requestInfo };
    return fromJson(method.output, { payload } as unknown as JsonObject, { registry });
  };
}

function addMetadata(
  { reply }: CallContext,
  { responseHeaders = [], responseTrailers = [] }: ResponseDefinition,
): void {
  for (const { name, value = [] } of responseHeaders)
    for (const one of value) reply.headers.append(name, one);
  for (const { name, value = [] } of responseTrailers)
    for (const one of value) reply.trailers.append(name, one);
}

function prescribed(
  { code, message = "", details = [] }: NonNullable<ResponseDefinition["error"]>,
  requestInfo: object,
  messages: SuiteMessages,
): PrescribedError {
  const { registry } = messages;
  const infoType = messages.desc("ConformancePayload.RequestInfo").typeName;
  const all = [...details, { "@type": `type.googleapis.com/${infoType}`, ...requestInfo }];
  const unpacked = all.flatMap((detail): ErrorDetail[] => {
    const any = fromJson(AnySchema, detail, { registry });
    const value = anyUnpack(any, registry);
    const desc = value === undefined ? undefined : registry.getMessage(value.$typeName);
    return value === undefined || desc === undefined ? [] : [{ desc, value }];
  });
  const name = code
    .replace("CODE_", "")
    .toLowerCase()
    .replace(/(^|_)(.)/g, (_, __, letter: string) => letter.toUpperCase());
  return new PrescribedError({
    code: Code[name as keyof typeof Code],
    reason: "INTERNAL",
    message,
    details: unpacked,
  });
}

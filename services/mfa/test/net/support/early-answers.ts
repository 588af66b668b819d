import { MfaError } from "../../../src/domain/errors.js";
import { frame } from "./raw.js";
import { startTestServer, type TestServer } from "./test-server.js";

export const STATUS = "/countersign.mfa.v1.MfaService/GetMfaStatus";
const WATCH = "/grpc.health.v1.Health/Watch";
export const SIZES = [0, 100, 64 * 1024, 130 * 1024, 400 * 1024, 2 * 1024 * 1024];

export interface Protocol {
  readonly path: string;
  readonly contentType: string;
  readonly encodingHeader: string;
  readonly timeoutHeader: string;
  body(size: number): Buffer;
}

export const json = (size: number) =>
  Buffer.from(JSON.stringify({ userId: "x".repeat(Math.max(0, size - 13)) }));
const enveloped = (size: number) => frame(Buffer.alloc(Math.max(0, size - 5), 0xff));

export const PROTOCOLS = {
  "Connect unary": {
    path: STATUS,
    contentType: "application/json",
    encodingHeader: "content-encoding",
    timeoutHeader: "connect-timeout-ms",
    body: json,
  },
  "Connect streaming": {
    path: WATCH,
    contentType: "application/connect+proto",
    encodingHeader: "connect-content-encoding",
    timeoutHeader: "connect-timeout-ms",
    body: enveloped,
  },
  "gRPC-Web": {
    path: STATUS,
    contentType: "application/grpc-web+proto",
    encodingHeader: "grpc-encoding",
    timeoutHeader: "grpc-timeout",
    body: enveloped,
  },
  gRPC: {
    path: STATUS,
    contentType: "application/grpc",
    encodingHeader: "grpc-encoding",
    timeoutHeader: "grpc-timeout",
    body: enveloped,
  },
} satisfies Record<string, Protocol>;

export interface EarlyAnswer {
  /** In place of what a good request says. */
  readonly method?: string;
  readonly path?: string;
  readonly contentType?: string;
  readonly host?: string;
  readonly headers?: (protocol: Protocol) => Readonly<Record<string, string>>;
  readonly body?: (size: number) => Buffer;
  readonly sizes?: readonly number[];
  /** HTTP's status for Connect's unary calls. */
  readonly status: number;
}

export const EARLY_ANSWERS = {
  "an unknown content type": { contentType: "text/plain", status: 415 },
  "an unknown path": { path: "/no.such.Service/Rpc", status: 404 },
  "a wrong method": { method: "PUT", status: 405 },
  "an RPC that needs HTTP/2": {
    path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    status: 415,
  },
  "an unknown encoding": { headers: ({ encodingHeader }) => ({ [encodingHeader]: "zstd" }), status: 501 },
  "a body over the limit": { sizes: SIZES.filter((size) => size > 64 * 1024), status: 429 },
  "a body that cannot be decoded": {
    body: (size) => Buffer.alloc(size, 0xff),
    sizes: SIZES.filter((size) => size <= 64 * 1024),
    status: 400,
  },
  "an unknown caller": { headers: () => ({ "x-stranger": "1" }), status: 401 },
  "a caller who may not": { headers: () => ({ "x-request-id": "denied" }), status: 403 },
  "a foreign origin": { headers: () => ({ origin: "https://evil.example" }), status: 403 },
  "a malformed timeout": { headers: ({ timeoutHeader }) => ({ [timeoutHeader]: "soon" }), status: 400 },
  "a malformed host": { host: "a b", status: 400 },
  "two hosts": { host: "localhost\r\nHost: localhost", status: 400 },
} satisfies Record<string, EarlyAnswer>;

const NAMED: readonly (readonly [string, EarlyAnswer])[] = Object.entries(EARLY_ANSWERS);

/** Every protocol with every reason to answer before the request has been read. */
export const COMBINATIONS = Object.entries(PROTOCOLS).flatMap(([protocol, how]) =>
  NAMED.map(([name, early]) => ({ protocol, name, how, early })),
);

/** A server that refuses all of these and serves the rest. `x-stranger` marks a caller that it does not know. */
export function startRefusingServer(onHandled: () => void = () => undefined): Promise<TestServer> {
  return startTestServer({
    getMfaStatus: () => {
      onHandled();
      return Promise.resolve({});
    },
    pipeline: {
      publicServices: new Set(),
      authenticate: ({ header }) => (header("x-stranger") === undefined ? { id: "test" } : undefined),
      permit: (_caller, call) => {
        if (call.requestId === "denied") throw new MfaError("PERMISSION_DENIED", "not this one");
      },
    },
    // How fast a stranger may come is bounded elsewhere: here one shares its address with a caller.
    listener: { limits: { maxAnonymousRatePerPeer: 0 } },
  });
}

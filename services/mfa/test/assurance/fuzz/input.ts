import { brotliCompressSync, gzipSync } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { rpcName } from "../../support/client/every-rpc.js";
import type { Random } from "../support/random.js";
import { generateMessage, toJsonValue, toWire } from "./messages.js";
import { mutateBytes, mutateJson } from "./mutations.js";

/** A request as it is sent. All that a failure needs to be repeated. */
export interface Input {
  readonly rpc: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Whom the request says it comes from. */
  readonly caller: "login" | "everything" | "nobody" | "stranger";
  /** Where the body is cut into writes. */
  readonly pieces: readonly number[];
  /** Over HTTP/1.1: the body's length told in advance, or chunked. */
  readonly chunked: boolean;
}

const CONTENT_TYPES = [
  "application/json",
  "application/proto",
  "application/grpc",
  "application/grpc+proto",
  "application/grpc-web",
  "application/grpc-web+proto",
] as const;

const RARE_CONTENT_TYPES = [
  "application/json; charset=utf-8",
  "application/json; charset=utf-16",
  "application/grpc+json",
  "application/grpc-web+json",
  "application/grpc-web-text",
  "application/connect+json",
  "application/connect+proto",
  "text/plain",
  "",
  "application/grpc;",
  "APPLICATION/JSON",
] as const;

/** Acts that change a user rightly, as their caller may: they are not aimed at the users that must stay as they are. */
export type RightlyChanges = (rpc: string) => boolean;

/** One request to this RPC, well-formed in most of its parts. */
export function generateInput(random: Random, method: DescMethod, rightlyChanges: RightlyChanges): Input {
  const rpc = rpcName(method);
  const contentType = random.chance(0.92) ? random.pick(CONTENT_TYPES) : random.pick(RARE_CONTENT_TYPES);
  const target = rightlyChanges(rpc) ? "strangers" : "anybody";
  const message = generateMessage({ random, target }, method.input);
  const json = contentType.toLowerCase().includes("json");
  let body = json ? jsonBody(random, toJsonValue(message, random)) : Buffer.from(toWire(message));
  if (!json && random.chance(0.4)) body = mutateBytes(random, body);
  const headers: [string, string][] = [["content-type", contentType]];
  const packed = pack(random, body, contentType);
  return {
    rpc,
    httpMethod: random.chance(0.97) ? "POST" : random.pick(["GET", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    path: pathOf(random, rpc),
    headers: [...headers, ...packed.headers, ...oddHeaders(random)],
    body: packed.body,
    caller: random.chance(0.8) ? "everything" : random.pick(["login", "nobody", "stranger"]),
    pieces: Array.from({ length: random.below(4) }, () => random.below(packed.body.length + 1)).sort(
      (a, b) => a - b,
    ),
    chunked: random.chance(0.3),
  };
}

function jsonBody(random: Random, value: unknown): Buffer {
  let text = JSON.stringify(value);
  while (random.chance(0.35)) text = mutateJson(random, text);
  return Buffer.from(text);
}

function pathOf(random: Random, rpc: string): string {
  if (random.chance(0.97)) return `/${rpc}`;
  return random.pick([
    `/${rpc}/`,
    `/${rpc}?x=1`,
    `//${rpc}`,
    `/${rpc.toLowerCase()}`,
    "/",
    "/%2e%2e",
    `/x/${rpc}`,
  ]);
}

const COMPRESSIONS = ["gzip", "br", "identity", "deflate", "x-unknown", "gzip, gzip", ""] as const;

/** Compression and framing, each of which may be damaged or not what the headers say. */
function pack(random: Random, message: Buffer, contentType: string) {
  const framed = contentType.includes("grpc") || contentType.includes("connect");
  const encodingHeader = contentType.includes("connect")
    ? "connect-content-encoding"
    : framed
      ? "grpc-encoding"
      : "content-encoding";
  const compressed = random.chance(0.25);
  const encoding = compressed ? random.pick(COMPRESSIONS) : "identity";
  const headers: [string, string][] = compressed ? [[encodingHeader, encoding]] : [];
  let body = compress(encoding, message);
  if (compressed && random.chance(0.2)) body = mutateBytes(random, body);
  if (framed) body = frames(random, body, compressed && encoding !== "identity");
  if (framed && random.chance(0.1)) body = mutateBytes(random, body);
  return { headers, body };
}

function compress(encoding: string, message: Buffer): Buffer {
  if (encoding === "gzip") return gzipSync(message);
  return encoding === "br" ? brotliCompressSync(message) : message;
}

function frames(random: Random, message: Buffer, compressed: boolean): Buffer {
  const frame = (flags: number, payload: Buffer) => {
    const prefix = Buffer.alloc(5, flags);
    prefix.writeUInt32BE(payload.length, 1);
    return Buffer.concat([prefix, payload]);
  };
  const whole = frame(compressed ? 1 : 0, message);
  if (random.chance(0.9)) return whole;
  return random.pick([
    Buffer.alloc(0),
    Buffer.concat([whole, whole]),
    frame(compressed ? 0 : 1, message),
    frame(0x80, Buffer.from("grpc-status: 0\r\n")),
    Buffer.from([0, 255, 255, 255, 255]),
    frame(2, message),
  ]);
}

/** Headers that a request need not have, well-formed or not. */
function oddHeaders(random: Random): [string, string][] {
  if (random.chance(0.6)) return [];
  return Array.from({ length: random.between(1, 3) }, () => {
    const [name, values] = random.pick(ODD_HEADERS);
    return [name, random.pick(values)];
  });
}

const ODD_HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ["grpc-timeout", ["5S", "5000m", "1H", "99999999S", "x", "-1S", "123456789S", ""]],
  ["connect-timeout-ms", ["5000", "99999999999", "x", "-1", "1.5"]],
  ["connect-protocol-version", ["1", "2", ""]],
  ["grpc-accept-encoding", ["gzip", "identity", "x"]],
  ["accept-encoding", ["gzip, br", "*", "identity;q=0"]],
  ["x-request-id", ["abc", "a b", "x".repeat(128), "x".repeat(129), "\u00e9"]],
  ["traceparent", ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-0-0-0", "ff"]],
  ["origin", ["http://localhost:5173", "https://evil.example", "null"]],
  ["x-bin", ["AAAA", "%%%"]],
  ["user-agent", ["grpc-go/1.80", ""]],
  ["x-forwarded-for", ["127.0.0.1"]],
  ["accept", ["text/html", "*/*"]],
  ["cookie", ["a=b; a=c"]],
  ["x-long", ["x".repeat(4_000), "x".repeat(14_000)]],
];

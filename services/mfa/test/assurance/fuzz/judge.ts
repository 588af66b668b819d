import { type DescMethod, fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { StatusSchema } from "@countersign/protocol/google/rpc/status_pb.js";
import { statusName, undocumented } from "./documented.js";

/** One answer, of whichever version of HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly trailers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** What is wrong with an answer; undefined where it is one of those that are documented. */
export function judge(answer: HttpAnswer, method: DescMethod, httpMethod: string): string | undefined {
  const type = answer.headers.get("content-type") ?? "";
  try {
    if (httpMethod === "HEAD" || httpMethod === "OPTIONS") return judgeBodiless(answer);
    if (type.startsWith("application/grpc-web")) return judgeGrpcWeb(answer, method);
    if (type.startsWith("application/grpc")) return judgeGrpc(answer.body, answer, method);
    if (answer.status === 200) return judgeMessage(answer, method, type);
    return judgeJsonError(answer);
  } catch (error) {
    return `an answer that cannot be read (${answer.status} ${type}): ${error instanceof Error ? error.message : String(error)}`;
  }
}

function judgeBodiless({ status }: HttpAnswer): string | undefined {
  return [200, 204, 400, 403, 404, 405, 431].includes(status)
    ? undefined
    : `HTTP ${status} to a request without a body`;
}

function judgeGrpcWeb(answer: HttpAnswer, method: DescMethod): string | undefined {
  const fields = new Map([...answer.headers, ...answer.trailers]);
  const messages: Buffer[] = [];
  let rest = answer.body;
  while (rest.length > 0) {
    const end = 5 + rest.readUInt32BE(1);
    if (end > rest.length) return "a frame that ends too early";
    const payload = rest.subarray(5, end);
    if (rest[0] === 0x80) for (const [name, value] of trailerLines(payload)) fields.set(name, value);
    else messages.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return judgeGrpc(Buffer.concat(messages), { headers: fields, trailers: fields }, method);
}

function trailerLines(payload: Buffer): [string, string][] {
  const lines = payload
    .toString()
    .split("\r\n")
    .filter((line) => line !== "");
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
}

function judgeGrpc(
  body: Buffer,
  answer: Pick<HttpAnswer, "headers" | "trailers">,
  method: DescMethod,
): string | undefined {
  const status = answer.trailers.get("grpc-status") ?? answer.headers.get("grpc-status");
  if (status === undefined) return "no grpc-status";
  if (status !== "0") {
    const details =
      answer.trailers.get("grpc-status-details-bin") ?? answer.headers.get("grpc-status-details-bin");
    return undocumented(reasonIn(details ?? ""), statusName(Number(status)));
  }
  if (body.length < 5) return method.methodKind === "unary" ? "grpc-status 0 without a message" : undefined;
  const length = body.readUInt32BE(1);
  if (method.methodKind === "unary" && body.length !== 5 + length) return "more or less than one message";
  const message = body.subarray(5, 5 + length);
  if (answer.headers.get("content-type")?.endsWith("json")) fromJsonString(method.output, message.toString());
  else fromBinary(method.output, message);
  return undefined;
}

function reasonIn(details: string): string {
  const { details: all } = fromBinary(StatusSchema, Buffer.from(details, "base64"));
  const infos = all.filter(({ typeUrl }) => typeUrl.endsWith(`/${ErrorInfoSchema.typeName}`));
  return infos.length === 1
    ? fromBinary(ErrorInfoSchema, infos[0]!.value).reason
    : `${infos.length} ErrorInfos`;
}

function judgeMessage({ body }: HttpAnswer, method: DescMethod, type: string): string | undefined {
  if (type.startsWith("application/json")) fromJsonString(method.output, body.toString());
  else if (type.startsWith("application/proto")) fromBinary(method.output, body);
  else return judgeConnectStream(body, type);
  return undefined;
}

/** A stream of Connect tells its error in its last message. */
function judgeConnectStream(body: Buffer, type: string): string | undefined {
  if (!type.startsWith("application/connect+")) return `HTTP 200 with content type "${type}"`;
  if (body.length < 5) return "a stream without its end";
  return undefined;
}

interface JsonError {
  readonly code: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

function judgeJsonError({ status, body }: HttpAnswer): string | undefined {
  const { code, details = [] } = JSON.parse(body.toString()) as JsonError;
  const infos = details.filter(({ type }) => type === ErrorInfoSchema.typeName);
  if (infos.length !== 1) return `HTTP ${status} with ${infos.length} ErrorInfos`;
  const { reason } = fromBinary(ErrorInfoSchema, Buffer.from(infos[0]!.value, "base64"));
  return undocumented(reason, code.toUpperCase());
}

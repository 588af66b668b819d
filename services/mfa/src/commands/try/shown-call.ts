import type { DescMethodUnary } from "@bufbuild/protobuf";
import {
  create,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";

const TIME_LIMIT_MS = 15_000;
/** Longer texts and lists are cut: a QR code is some 2,000 characters. */
const SHOWN_CHARACTERS = 64;
const SHOWN_ITEMS = 2;

export interface Showing {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly print: (line: string) => void;
}

/** Calls an RPC of MfaService as `curl` would, and prints request and answer. Throws for an answer that is an error. */
export async function showCall<I extends DescMessage, O extends DescMessage>(
  { baseUrl, print }: Showing,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
): Promise<MessageShape<O>> {
  const json = toJson(method.input, create(method.input, request));
  const url = `${baseUrl}/${MfaService.typeName}/${method.name}`;
  print(`  POST ${url}`);
  print(indented(JSON.stringify(json)));
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(json),
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  const answer = (await response.json()) as JsonValue;
  print(`  ${response.status}`);
  print(indented(JSON.stringify(answer, cut, 2)));
  if (!response.ok) throw new Error(`${method.name} was refused`);
  return fromJson(method.output, answer, { ignoreUnknownFields: true });
}

function cut(_: string, value: unknown): unknown {
  if (typeof value === "string" && value.length > SHOWN_CHARACTERS)
    return `${value.slice(0, SHOWN_CHARACTERS)}... (${value.length} characters)`;
  if (Array.isArray(value) && value.length > SHOWN_ITEMS)
    return [...(value as unknown[]).slice(0, SHOWN_ITEMS), `... and ${value.length - SHOWN_ITEMS} more`];
  return value;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

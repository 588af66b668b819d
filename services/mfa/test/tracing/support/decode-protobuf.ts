import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { kindOf, type ReceivedSpan } from "./received-span.js";

type Field = Uint8Array | bigint;
/** A message of protobuf as its fields by number: the few that a test asks for need no generated code. */
type Fields = ReadonlyMap<number, readonly Field[]>;

/** Reads an ExportTraceServiceRequest (opentelemetry/proto/collector/trace/v1, and trace/v1). */
export function decodeProtobuf(body: Uint8Array): ReceivedSpan[] {
  return messages(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(resourceSpans, 1)[0] ?? new Map<number, Field[]>(), 1);
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => toSpan(span, resource)),
    );
  });
}

function toSpan(span: Fields, resource: ReceivedSpan["resource"]): ReceivedSpan {
  const status = messages(span, 15)[0] ?? new Map<number, Field[]>();
  return {
    traceId: hex(bytes(span, 1)),
    spanId: hex(bytes(span, 2)),
    traceState: text(span, 3),
    parentSpanId: hex(bytes(span, 4)),
    name: text(span, 5),
    kind: kindOf(Number(span.get(6)?.[0] ?? 0)),
    attributes: attributesOf(span, 9),
    events: messages(span, 11).length,
    links: messages(span, 13).map((link) => hex(bytes(link, 2))),
    statusMessage: text(status, 2),
    failed: Number(status.get(3)?.[0] ?? 0) === 2,
    resource,
  };
}

function attributesOf(message: Fields, number: number): Record<string, string | number> {
  return Object.fromEntries(
    messages(message, number).map((pair) => {
      const value = messages(pair, 2)[0] ?? new Map<number, Field[]>();
      return [text(pair, 1), value.has(3) ? Number(value.get(3)?.[0]) : text(value, 1)];
    }),
  );
}

function fieldsOf(message: Uint8Array): Fields {
  const reader = new BinaryReader(message);
  const fields = new Map<number, Field[]>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const values = fields.get(number) ?? [];
    fields.set(number, values);
    if (type === WireType.LengthDelimited) values.push(reader.bytes());
    else if (type === WireType.Varint) values.push(BigInt(reader.uint64()));
    else reader.skip(type, number);
  }
  return fields;
}

function messages(message: Fields, number: number): Fields[] {
  return (message.get(number) ?? []).map((each) => fieldsOf(each as Uint8Array));
}

function bytes(message: Fields, number: number): Uint8Array {
  return (message.get(number)?.[0] as Uint8Array | undefined) ?? new Uint8Array();
}

function text(message: Fields, number: number): string {
  return Buffer.from(bytes(message, number)).toString("utf8");
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}

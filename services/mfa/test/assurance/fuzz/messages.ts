import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Random } from "../support/random.js";
import { numberFor, textFor } from "./values.js";

/** A message by its fields, before it is written in one format or the other. */
export interface Tree {
  readonly fields: readonly (readonly [DescField, Value])[];
}

type Value = string | number | boolean | Uint8Array | Tree | readonly Value[];

interface Aim {
  readonly random: Random;
  /** Calls that legitimately change a user are not aimed at those that must stay as they are. */
  readonly target: "anybody" | "strangers";
}

/** A message of this type as its descriptor allows it. */
export function generateMessage(aim: Aim, desc: DescMessage, depth = 0): Tree {
  const { random } = aim;
  const fields = desc.fields
    .filter((field) => random.chance(field.name === "user_id" || field.name === "code" ? 0.95 : 0.5))
    .filter(() => depth < 4);
  return { fields: fields.map((field) => [field, fieldValue(aim, field, depth)] as const) };
}

function fieldValue(aim: Aim, field: DescField, depth: number): Value {
  switch (field.fieldKind) {
    case "scalar":
      return scalar(aim, field.scalar, field.name);
    case "enum":
      return enumNumber(aim.random, field);
    case "message":
      return generateMessage(aim, field.message, depth + 1);
    case "list":
      return Array.from({ length: aim.random.below(4) }, () => elementOf(aim, field, depth));
    // No request has a map; one that is added is written as an empty one.
    case "map":
      return [];
  }
}

function elementOf(aim: Aim, field: DescField & { fieldKind: "list" }, depth: number): Value {
  if (field.listKind === "message") return generateMessage(aim, field.message, depth + 1);
  return field.listKind === "enum" ? enumNumber(aim.random, field) : scalar(aim, field.scalar, field.name);
}

function enumNumber(
  random: Random,
  { enum: desc }: { readonly enum: { readonly values: readonly { readonly number: number }[] } },
): number {
  return random.chance(0.2) ? random.pick([-1, 99, 2 ** 31 - 1]) : random.pick(desc.values).number;
}

function scalar({ random, target }: Aim, type: ScalarType, name: string): Value {
  if (type === ScalarType.STRING) return textFor(random, name, target);
  if (type === ScalarType.BYTES) return random.bytes(random.below(40));
  return type === ScalarType.BOOL ? random.chance(0.5) : numberFor(random);
}

/** In protobuf's JSON form. Enums are numbers or names; times are written as JSON writes them. */
export function toJsonValue({ fields }: Tree, random: Random): Record<string, unknown> {
  const entries = fields.map(([field, value]) => {
    const name = random.chance(0.8) ? field.jsonName : field.name;
    return [name, jsonOf(field, value, random)];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function jsonOf(field: DescField, value: Value, random: Random): unknown {
  if (Array.isArray(value)) return value.map((each: Value) => jsonOf(field, each, random));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value !== "object") return enumName(field, value) ?? value;
  const type = field.message?.typeName;
  if (type === "google.protobuf.Timestamp")
    return random.pick(["2026-11-26T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "yesterday"]);
  if (type === "google.protobuf.Duration") return random.pick(["1s", "-1s", "1.5s", "s"]);
  return toJsonValue(value as Tree, random);
}

function enumName(field: DescField, value: Value): string | undefined {
  return field.enum?.values.find(({ number }) => number === value)?.name;
}

/** In protobuf's binary form. */
export function toWire({ fields }: Tree): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, value] of fields) {
    const values = Array.isArray(value) ? (value as readonly Value[]) : [value];
    for (const each of values) writeField(writer, field.number, each);
  }
  return writer.finish();
}

function writeField(writer: BinaryWriter, number: number, value: Value): void {
  if (typeof value === "number") writer.tag(number, WireType.Varint).int64(Math.trunc(value));
  else if (typeof value === "boolean") writer.tag(number, WireType.Varint).bool(value);
  else if (typeof value === "string") writer.tag(number, WireType.LengthDelimited).string(value);
  else if (value instanceof Uint8Array) writer.tag(number, WireType.LengthDelimited).bytes(value);
  else writer.tag(number, WireType.LengthDelimited).bytes(toWire(value as Tree));
}

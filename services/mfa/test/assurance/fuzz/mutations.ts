import type { Random } from "../support/random.js";

const JSON_TOKENS = [
  "null",
  "true",
  "{}",
  "[]",
  '""',
  "-0",
  "1e400",
  '"\\ud800"',
  '"__proto__":{}',
  '"userId":"stranger-0",',
  ",",
  ":",
  "\ufeff",
  "\u0000",
  "[".repeat(200),
  '{"context":'.repeat(120),
];

/** One damage to a JSON text. */
export function mutateJson(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + random.pick(JSON_TOKENS) + text.slice(at);
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(0, at) + text.slice(at + random.between(1, 8));
    case 3:
      // A second copy of some part: keys given twice, brackets that close nothing.
      return text.slice(0, at) + text.slice(Math.max(0, at - random.below(30)), at) + text.slice(at);
    default:
      // A value of another type.
      return text.replace(/"[^"]*"(?=[,}])|-?\d+/, () => random.pick(JSON_TOKENS));
  }
}

const WIRE_PIECES = [
  // A group that is never closed, a field of number 0, a length beyond the end, a varint of eleven bytes, wire types 6 and 7.
  "0b",
  "02",
  "0affffffff0f",
  "08ffffffffffffffffffff01",
  "0e",
  "0f",
  // The first field as a number, and as bytes that are no UTF-8.
  "0801",
  "0a02c328",
  // Fields that nobody knows.
  "f2ff03026869",
  "b8ffffff0f01",
];

/** One damage to bytes: protobuf, a frame, or what was compressed. */
export function mutateBytes(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  switch (random.below(6)) {
    case 0: {
      if (bytes.length === 0) return random.bytes(8);
      const flipped = Buffer.from(bytes);
      const place = random.below(bytes.length);
      flipped[place] = flipped[place]! ^ (1 << random.below(8));
      return flipped;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 8))]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.between(1, 16)), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes, bytes.subarray(at)]);
    default:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(random.pick(WIRE_PIECES), "hex"),
        bytes.subarray(at),
      ]);
  }
}

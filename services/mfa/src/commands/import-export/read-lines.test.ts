import { expect, test } from "vitest";
import { type FileLine, MAX_LINE_BYTES, readLines } from "./read-lines.js";

async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<FileLine[]> {
  async function* bytes() {
    for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    await Promise.resolve();
  }
  const lines: FileLine[] = [];
  for await (const line of readLines(bytes())) lines.push(line);
  return lines;
}

test("numbers lines however the chunks fall, and leaves out blank ones", async () => {
  const expected = [
    { number: 1, text: "a" },
    { number: 3, text: "é2" },
    { number: 4, text: "c" },
  ];
  const text = Buffer.from("a\r\n  \né2\nc");
  expect(await linesOf(text)).toEqual(expected);
  expect(await linesOf(...Array.from(text, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  expect(await linesOf("a\r\n  \né2\nc\n")).toEqual(expected);
  expect(await linesOf("")).toEqual([]);
});

test("a byte order mark is taken off the first line, and off no other", async () => {
  expect(await linesOf("\uFEFFa\n\uFEFFb\n")).toEqual([
    { number: 1, text: "a" },
    { number: 2, text: "\uFEFFb" },
  ]);
});

test("a line that never ends is skipped without being buffered, and the next one is read", async () => {
  const mebibyte = Buffer.alloc(1_048_576, "x");
  const before = process.memoryUsage().arrayBuffers;
  const lines = await linesOf("a\n", ...Array.from({ length: 200 }, () => mebibyte), "\nb\n");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
  expect(lines).toEqual([
    { number: 1, text: "a" },
    { number: 2, problem: `is longer than ${MAX_LINE_BYTES} bytes` },
    { number: 3, text: "b" },
  ]);
});

test("a line at the limit is read, and one of other bytes than UTF-8 is not", async () => {
  const longest = "x".repeat(MAX_LINE_BYTES);
  expect(await linesOf(`${longest}\n${longest}x\n`)).toEqual([
    { number: 1, text: longest },
    { number: 2, problem: expect.stringContaining("longer") as string },
  ]);
  expect(await linesOf(Uint8Array.of(0xff, 0x0a), "ok\n")).toEqual([
    { number: 1, problem: "is not UTF-8" },
    { number: 2, text: "ok" },
  ]);
});

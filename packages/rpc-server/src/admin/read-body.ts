import type { IncomingMessage } from "node:http";

/** The whole body as UTF-8, or undefined if it is longer than `maxBytes`; the rest is then read and discarded. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) kept.push(chunk);
  }
  return size <= maxBytes ? Buffer.concat(kept).toString("utf8") : undefined;
}

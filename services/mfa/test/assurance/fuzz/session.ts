import type { DescMethod } from "@bufbuild/protobuf";
import type { Input } from "./input.js";

/** What one connection carries, and how. */
export interface Session {
  readonly transport: "HTTP/1.1" | "HTTP/2";
  /** All requests are sent together, or each after the previous answer. */
  readonly atOnce: boolean;
  readonly inputs: readonly Input[];
}

/** What is wrong with how an input was answered, by its place in the session. */
export interface Finding {
  readonly at: number;
  readonly what: string;
}

export interface SessionTarget {
  readonly port: number;
  /** The credential of a caller; undefined for one that has none. */
  readonly authorization: (caller: Input["caller"]) => Promise<string | undefined>;
  readonly methods: ReadonlyMap<string, DescMethod>;
}

/** How long an answer may take: no input waits for anything, unless it asks for a longer deadline. */
export const ANSWER_MS = 8_000;
/** What the service takes of headers (docs/transport.md). */
export const MAX_HEADER_BYTES = 16 * 1_024;

/** The size of a request's headers as HTTP/2 counts them (RFC 9113 section 6.5.2). */
export function headerBytes({ headers, path }: Input): number {
  const OVERHEAD = 32;
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length + OVERHEAD, path.length);
}

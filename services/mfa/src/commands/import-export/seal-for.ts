import { createHash } from "node:crypto";
import { ReadableStream } from "node:stream/web";
import { Encrypter } from "age-encryption";
import { UsageError } from "../command-line/explain-failure.js";

/** The recipients of a sealed file. */
export interface Recipients {
  /** Their names in the audit log: in full, or a digest if they are long. */
  readonly names: string;
  /** Seals a stream: memory does not grow with the file. */
  readonly seal: (plain: AsyncIterable<Uint8Array>) => Promise<AsyncIterable<Uint8Array>>;
}

const MAX_RECIPIENTS = 10;
/** An X25519 recipient has 62 characters, a post-quantum one some two thousand. */
const LONGEST_NAME = 64;

/** Parses age recipients (`age1...`). Invalid input, which may be an identity, is not repeated. */
export function recipientsOf(given: readonly string[]): Recipients {
  if (given.length === 0 || given.length > MAX_RECIPIENTS)
    throw new UsageError(`--recipient is needed, once to ${MAX_RECIPIENTS} times`);
  const encrypter = new Encrypter();
  for (const [index, recipient] of given.entries()) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw new UsageError(`--recipient number ${index + 1} is not an age recipient (age1...)`);
    }
  }
  return {
    names: given.map(nameOf).join(" "),
    seal: (plain) => encrypter.encrypt(ReadableStream.from(plain)),
  };
}

function nameOf(recipient: string): string {
  if (recipient.length <= LONGEST_NAME) return recipient;
  return `sha256:${createHash("sha256").update(recipient).digest("hex")}`;
}

import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { ReadableStream } from "node:stream/web";
import { Decrypter } from "age-encryption";

const AGE_MAGIC = Buffer.from("age-encryption.org/v1\n");
const ARMOR_MAGIC = Buffer.from("-----BEGIN AGE");

interface InputOptions {
  /** A path, or `-` for standard input. */
  readonly file: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** The file of the age identities that open a sealed file. */
  readonly identityFile: string | undefined;
}

/** The bytes of a file, decrypted if it is sealed with age. They are streamed: no plaintext is stored. */
export async function openInput({
  file,
  stdin,
  identityFile,
}: InputOptions): Promise<AsyncIterable<Uint8Array>> {
  const { head, bytes, close } = await peek(file === "-" ? stdin : createReadStream(file));
  try {
    if (head.subarray(0, ARMOR_MAGIC.length).equals(ARMOR_MAGIC))
      throw new Error("the file is armored: decode it first, or seal it without armor");
    if (head.equals(AGE_MAGIC)) return await unseal(bytes, identityFile);
    if (identityFile !== undefined) throw new Error("--identity is given, and the file is not sealed by age");
    return bytes;
  } catch (error) {
    await close(); // an input left open would keep the process waiting
    throw error;
  }
}

async function unseal(
  bytes: AsyncIterable<Uint8Array>,
  identityFile: string | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  if (identityFile === undefined)
    throw new Error("the file is sealed by age: give --identity, or pipe it through age -d");
  const decrypter = await decrypterOf(identityFile);
  return whole(await decrypter.decrypt(ReadableStream.from(bytes)));
}

/** The library's own error for a malformed identity repeats it. */
async function decrypterOf(identityFile: string): Promise<Decrypter> {
  const lines = (await readFile(identityFile, "utf8")).split("\n").map((line) => line.trim());
  const identities = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const decrypter = new Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch {
    throw new Error("the file of --identity is not one that age-keygen writes");
  }
  return decrypter;
}

/** age authenticates each part before it returns it, and the end of the file last. */
async function* whole(opened: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* opened;
  } catch (cause) {
    throw new Error("the sealed file is cut short or was altered from here on", { cause });
  }
}

interface Peeked {
  readonly head: Buffer;
  /** The whole stream, its head included. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly close: () => Promise<void>;
}

async function peek(source: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < AGE_MAGIC.length) {
    const next = await iterator.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  async function close(): Promise<void> {
    await iterator.return?.();
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield start;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await close(); // a reader that stops before the second chunk has not touched the iterator yet
    }
  }
  return { head: start.subarray(0, AGE_MAGIC.length), bytes: bytes(), close };
}

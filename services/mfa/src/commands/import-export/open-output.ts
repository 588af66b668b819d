import { createWriteStream } from "node:fs";
import { access, open, rename, rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Where an export goes. Disposing of it deletes an unfinished file. */
export interface Output extends AsyncDisposable {
  write(bytes: AsyncIterable<Uint8Array>): Promise<void>;
}

/** A file with owner-only access that is created whole or not at all and never overwrites another; without a name, standard output. */
export async function openOutput(file: string | undefined, stdout: Writable): Promise<Output> {
  if (file === undefined) {
    if ("isTTY" in stdout && stdout.isTTY === true)
      throw new Error("sealed bytes are not for a terminal: give --output, or send them into a file or pipe");
    return {
      write: (bytes) => pipeline(bytes, stdout, { end: false }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  if (await exists(file)) throw new Error(`${file} already exists`);
  const partial = `${file}.partial`;
  const handle = await open(partial, "wx", 0o600);
  return {
    async write(bytes) {
      await pipeline(bytes, createWriteStream(partial, { fd: handle.fd, autoClose: false }));
      await handle.sync();
      await rename(partial, file);
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
      await rm(partial, { force: true });
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of the test's own, gone when disposed of. */
export interface ScratchFolder extends AsyncDisposable {
  at(name: string): string;
  /** Puts a file in place whole, as those who deploy files do, and answers its path. */
  put(name: string, content: string): Promise<string>;
}

export async function createScratchFolder(): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), "countersign-scratch-"));
  const at = (name: string) => join(path, name);
  return {
    at,
    async put(name, content) {
      await writeFile(at(`${name}.new`), content, { mode: 0o600 });
      await rename(at(`${name}.new`), at(name));
      return at(name);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

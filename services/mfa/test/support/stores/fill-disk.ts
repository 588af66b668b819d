import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Appends to a file until there is no room for another block, also where somebody has given some back since. */
export async function fillDisk(path: string): Promise<void> {
  const file = await open(path, "a");
  try {
    for (const size of [1 << 20, 1 << 13]) {
      const block = Buffer.alloc(size);
      while ((await file.write(block).catch(() => ({ bytesWritten: 0 }))).bytesWritten > 0) await sleep(0);
    }
  } finally {
    await file.close();
  }
}

import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The key that development generates at its first start and keeps, so that sealed values can be decrypted after a restart. */
export async function developmentKey(dataDir: string | undefined): Promise<string> {
  const fresh = randomBytes(32).toString("base64");
  if (dataDir === undefined) return fresh;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "development-key");
  try {
    await writeFile(path, `${fresh}\n`, { mode: 0o600, flag: "wx" });
    return fresh;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    return (await readFile(path, "utf8")).trim();
  }
}

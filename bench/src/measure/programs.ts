import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The two forms of the program: as the image holds it, in one file, and as `npm start` runs it. */
export interface Programs extends AsyncDisposable {
  readonly image: string;
  readonly checkout: string;
}

const RUN = fileURLToPath(new URL("../../../../../scripts/run.mjs", import.meta.url));

/** Makes the image's file in a folder that goes with the disposal. */
export async function openPrograms(): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-"));
  await promisify(execFile)(process.execPath, [RUN, "bundle", folder]);
  return {
    image: join(folder, "main.mjs"),
    checkout: fileURLToPath(import.meta.resolve("@countersign/mfa/main")),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

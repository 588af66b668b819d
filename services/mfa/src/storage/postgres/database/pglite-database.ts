import { mkdir } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { Database } from "./database.js";
import { asStoreError } from "./fault.js";

/** PostgreSQL inside the process, with its files in `folder`; in memory if that is undefined. For development only: one process, one connection. */
export async function openPglite(folder: string | undefined): Promise<Database> {
  if (folder !== undefined) await mkdir(folder, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create(folder === undefined ? {} : { dataDir: folder });
  const orm = drizzle(pglite);
  return {
    async run(work) {
      try {
        return await work(orm);
      } catch (error) {
        throw asStoreError(error);
      }
    },
    [Symbol.asyncDispose]: () => pglite.close(),
  };
}

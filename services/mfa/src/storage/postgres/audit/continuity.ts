import { sql } from "drizzle-orm";
import type { Database } from "../database/database.js";
import { readHead, readLastRetention, readSeals, type Seal } from "./seal.js";

/** Remembers, outside the database, a seal that was there. */
export interface Continuity {
  /** Answers the number of the remembered seal when it has gone or is another one, which no honest operation does. */
  check(): Promise<number | undefined>;
}

/** Rows that are deleted together with their seals leave no trace in the database; a process that saw the seals still knows. */
export function watchContinuity(database: Database): Continuity {
  let remembered: Seal | undefined;
  return {
    async check() {
      const seen = remembered;
      const [now, retention, head] = await database.run(async (orm) => [
        seen === undefined ? undefined : (await readSeals(orm, sql`number = ${seen.number}::bigint`))[0],
        await readLastRetention(orm),
        await readHead(orm),
      ]);
      const expired = seen !== undefined && (retention?.dropped?.number ?? 0) >= seen.number;
      const broken = seen !== undefined && !expired && now?.hash.equals(seen.hash) !== true;
      // After an alarm the old seal stays remembered: the alarm goes on until somebody has looked.
      if (!broken) remembered = head;
      return broken ? seen.number : undefined;
    },
  };
}

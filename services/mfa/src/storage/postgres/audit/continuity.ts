import { sql } from "drizzle-orm";
import type { Database } from "../database/database.js";
import { readHead, readLastRetention, readSeals, type Seal } from "./seal.js";

/** Remembers an observed seal outside the database. */
export interface Continuity {
  /** Returns the number of the remembered seal if it is missing or different, which no honest operation causes. */
  check(): Promise<number | undefined>;
}

/** Rows deleted together with their seals leave no trace in the database; a process that saw the seals detects it. */
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
      // After an alarm the old seal is kept: the alarm continues until an operator acts.
      if (!broken) remembered = head;
      return broken ? seen.number : undefined;
    },
  };
}

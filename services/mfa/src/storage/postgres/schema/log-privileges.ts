import type { Log } from "@countersign/telemetry-ports";
import type { Database } from "../database/database.js";
import { mayRewriteLog } from "./runtime-role.js";

/** Warns operators if the serving role could rewrite the audit log. */
export async function warnOfMutableLog(database: Database, log: Log): Promise<void> {
  if (!(await database.run(mayRewriteLog))) return;
  log.warn(
    {},
    "the database role of this service can change the audit log: serve as the role that countersign migrate --runtime-role provided",
  );
}

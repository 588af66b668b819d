import { createMac } from "@countersign/field-crypto";
import type { ServiceConfig } from "../config/service-config.js";
import { startSealJob } from "../storage/postgres/audit/seal-job.js";
import { warnOfMutableLog } from "../storage/postgres/schema/log-privileges.js";
import type { Owner } from "./closer.js";
import type { Foundation } from "./foundation.js";

/** Seals the audit log from now on. In production, logs a warning if the service's role may rewrite the log. */
export function startAuditJobs(
  config: Pick<ServiceConfig, "environment" | "auditSealIntervalMs">,
  { background, deps, keys, stores }: Foundation,
  { closer, log }: Owner,
): void {
  if (config.environment === "production")
    background.run("look at the rights on the audit log", () => warnOfMutableLog(stores.ungated, log));
  const seals = { mac: createMac(keys.current, "audit-mac"), intervalMs: config.auditSealIntervalMs };
  closer.own(startSealJob({ ...deps, ...seals, database: stores.jobs, log }));
}

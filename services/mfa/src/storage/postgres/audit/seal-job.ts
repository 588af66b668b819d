import { randomInt } from "node:crypto";
import type { Mac } from "@countersign/field-crypto";
import { briefFault, describeFault, type Log } from "@countersign/telemetry-ports";
import type { Database } from "../database/database.js";
import { type Continuity, watchContinuity } from "./continuity.js";
import { sealAudit } from "./seal-audit.js";

/** The age at which a row is sealed: more than any write takes and than the clocks of replicas differ. */
export const SEAL_LAG_MS = 120_000;

export interface SealJobOptions {
  readonly database: Database;
  readonly mac: Mac;
  readonly now: () => Date;
  readonly log: Log;
  /** 0: never. */
  readonly intervalMs: number;
}

/** Seals the audit log periodically. Every replica tries, and one of them does it. Its log lines are the anchors for `audit verify`. */
export function startSealJob(options: SealJobOptions): AsyncDisposable {
  const continuity = watchContinuity(options.database);
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();

  function schedule(): void {
    // Spread out, so that replicas that started together do not all ask simultaneously.
    const delay = options.intervalMs / 2 + randomInt(Math.max(1, options.intervalMs));
    timer = setTimeout(() => {
      running = sealAll(options, continuity, closing.signal).finally(() => {
        if (!closing.signal.aborted) schedule();
      });
    }, delay);
    timer.unref();
  }

  if (options.intervalMs > 0) schedule();
  return {
    async [Symbol.asyncDispose]() {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

/** Never rejects: a failure is logged and retried at the next interval. */
async function sealAll(options: SealJobOptions, continuity: Continuity, closing: AbortSignal): Promise<void> {
  const { log } = options;
  try {
    const broken = await continuity.check();
    if (broken !== undefined) log.error({ seal: broken }, "audit log seals were deleted or replaced");
    while (!closing.aborted) {
      const result = await sealAudit(options.database, { ...options, lagMs: SEAL_LAG_MS });
      if (result.outcome !== "sealed") return;
      const { number, hash, rowCount } = result.seal;
      log.info({ seal: number, hash: hash.toString("hex"), rows: rowCount }, "audit log sealed");
    }
  } catch (error) {
    log.error({ error: briefFault(error) }, "sealing the audit log failed");
    log.debug({ error: describeFault(error) }, "sealing the audit log failed");
  }
}

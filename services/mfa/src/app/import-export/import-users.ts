import type { Actor } from "../../domain/audit/audit-event.js";
import type { UserId } from "../../domain/user-id.js";
import { type BatchOutcome, type ImportDeps, type ImportLine, importBatch } from "./import-batch.js";

/**
 * Imports users a batch at a time. The users themselves show how far a run is: a run that was killed is simply started again, and concurrent runs
 * share the work. The reason is kept in the audit log. A dry run writes nothing, not even there.
 */
export async function* importUsers(
  deps: ImportDeps,
  lines: AsyncIterable<ImportLine>,
  options: {
    readonly batchSize: number;
    readonly dryRun: boolean;
    readonly actor: Actor;
    readonly reason: string;
  },
): AsyncGenerator<BatchOutcome> {
  const { actor, reason, dryRun, batchSize } = options;
  let isOnRecord = dryRun;
  for await (const batch of batchesOf(lines, batchSize)) {
    if (!isOnRecord) await recordRun(deps, actor, reason);
    isOnRecord = true;
    yield await importBatch(deps, batch, options);
  }
}

async function recordRun({ store, now }: ImportDeps, actor: Actor, reason: string): Promise<void> {
  await store.record({
    action: "import_users",
    outcome: "succeeded",
    details: { reason },
    actor,
    at: now(),
  });
}

/** A batch ends before a user who is already in it, so that the second line sees the result of the first. */
async function* batchesOf(
  lines: AsyncIterable<ImportLine>,
  size: number,
): AsyncGenerator<readonly ImportLine[]> {
  let batch: ImportLine[] = [];
  let users = new Set<UserId>();
  for await (const line of lines) {
    if (batch.length >= size || ("user" in line && users.has(line.user.userId))) {
      yield batch;
      [batch, users] = [[], new Set()];
    }
    batch.push(line);
    if ("user" in line) users.add(line.user.userId);
  }
  if (batch.length > 0) yield batch;
}

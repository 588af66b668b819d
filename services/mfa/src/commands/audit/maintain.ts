import { maintainAudit } from "../../storage/postgres/audit/maintain-audit.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { openAudit } from "./open-audit.js";

/** Makes and drops partitions as the owner of the tables. Exit code 1: expired rows are kept because they have no seal. */
export async function runMaintain(
  { configs, now, print }: ProgramContext,
  { json }: { readonly json: boolean | undefined },
): Promise<number> {
  const config = await configs.audit();
  const { retentionDays } = config;
  await using work = await openAudit(config, config.ownerDatabase, now);
  await work.requireKeysInUse();
  const { outcome, created, dropped, heldBack } = await maintainAudit(work.database, {
    ...work,
    retentionDays,
  });
  const busy = outcome === "busy";
  if (json === true) print(JSON.stringify({ busy, created, dropped, heldBack, retentionDays }));
  else if (busy) print("another process is sealing or maintaining: nothing was done");
  else {
    const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
    print(`partitions created: ${list(created)}`);
    print(`partitions dropped after ${retentionDays} days: ${list(dropped)}`);
    if (heldBack.length > 0)
      print(`kept because they have unsealed rows: ${list(heldBack)}; run audit seal first`);
  }
  return heldBack.length === 0 ? 0 : 1;
}

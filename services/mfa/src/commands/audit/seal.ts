import { sealAudit } from "../../storage/postgres/audit/seal-audit.js";
import { SEAL_LAG_MS } from "../../storage/postgres/audit/seal-job.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { openAudit } from "./open-audit.js";

/** Writes seals until nothing is left to seal or another process is sealing. */
export async function runSeal(
  { configs, now, print }: ProgramContext,
  { json }: { readonly json: boolean | undefined },
): Promise<number> {
  const config = await configs.audit();
  await using work = await openAudit(config, config.database, now);
  await work.requireKeysInUse();
  for (let [seals, rows] = [0, 0]; ; seals += 1) {
    const result = await sealAudit(work.database, { ...work, lagMs: SEAL_LAG_MS });
    if (result.outcome !== "sealed") {
      const busy = result.outcome === "busy";
      if (json === true) print(JSON.stringify({ event: "end", seals, rows, busy }));
      else print(`sealed ${rows} rows in ${seals} seals${busy ? "; another process seals the rest" : ""}`);
      return 0;
    }
    const { number, rowCount } = result.seal;
    const hash = result.seal.hash.toString("hex");
    rows += rowCount;
    print(
      json === true
        ? JSON.stringify({ event: "seal", number, hash, rows: rowCount })
        : `seal ${number}:${hash}`,
    );
  }
}

import { cpus, totalmem } from "node:os";
import { canPin } from "../process/cores.js";

/** What the figures were made on, without anything that names the machine. */
export function describeMachine(postgresVersion: string): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const pinned = canPin ? "server on one core, everything else on another" : "not pinned to cores";
  return `${cpus().length} cores, ${memory} GB, Node ${process.version}, Postgres ${postgresVersion} with fsync on, ${pinned}`;
}

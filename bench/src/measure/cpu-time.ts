import { readFileSync } from "node:fs";

/** The kernel's clock ticks in a second, as /proc counts them. */
const TICKS_PER_SECOND = 100;
const UTIME = 11;
const STIME = 12;
const CHILDREN_UTIME = 13;
const CHILDREN_STIME = 14;

/** CPU time in ms that a process has used, with all its threads. */
export function cpuMs(pid: number): number {
  return sumTicks(pid, [UTIME, STIME]);
}

/** CPU time in ms of a process and its children, those that have ended included: Postgres has a process for each connection. */
export function familyCpuMs(pid: number): number {
  const own = sumTicks(pid, [UTIME, STIME, CHILDREN_UTIME, CHILDREN_STIME]);
  return childrenOf(pid).reduce((sum, child) => sum + cpuMs(child), own);
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb ?? 0) / 1_024;
}

function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return list === "" ? [] : list.split(" ").map(Number);
}

/** A child may end between being listed and being read: its time is then counted with its parent's, at the next look. */
function sumTicks(pid: number, fields: readonly number[]): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold blanks; the fields after it do not.
    const values = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.reduce((sum, field) => sum + Number(values[field]), 0);
    return (ticks * 1_000) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

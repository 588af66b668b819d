import { chownSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root: the system user to run it as instead, or undefined when not root. */
export function unprivilegedUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const entry = ["postgres", "nobody"].flatMap((name) => users.filter((user) => user[0] === name))[0];
  if (entry === undefined) throw new Error("no system user named postgres or nobody to run Postgres as");
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** A new folder for a throw-away server, owned by and reachable for `user`: TMPDIR may lie below a folder closed to it. */
export function makeDataFolder(name: string, user?: SystemUser): string {
  const bases = [tmpdir(), "/tmp", "/var/tmp"];
  const base = user === undefined ? bases[0] : bases.find(isOpenToAll);
  if (base === undefined) throw new Error(`no temporary folder that user ${user?.uid ?? ""} can reach`);
  const folder = mkdtempSync(join(base, `countersign-${name}-`));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}

function isOpenToAll(folder: string): boolean {
  const mode = statSync(folder, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & 0o001) !== 0 && (dirname(folder) === folder || isOpenToAll(dirname(folder)));
}

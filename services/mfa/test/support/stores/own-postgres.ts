import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { makeDataFolder, type SystemUser, unprivilegedUser } from "../backing/data-folder.js";
import { becomesReady, startOnFreePort } from "../backing/free-port.js";
import { answersQueries, initData, POSTGRES_SETTINGS, startOnData } from "../backing/postgres.js";
import { localProgram } from "../backing/programs.js";
import type { ServerProcess } from "../backing/server-process.js";

/** A Postgres of the caller's own, to hang, crash and fill up. Its data survives a crash. Disposing of it ends it and deletes the data. */
export interface OwnPostgres extends AsyncDisposable {
  /** Superuser without a password, database `postgres`. Stays the same over `restart`. */
  readonly url: string;
  /** The file system of its own that the data is on, where this machine lets us mount one; else undefined. */
  readonly disk: string | undefined;
  /** Stops every process of the server with connections left open, as on a host that hangs. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Crashes the server: the postmaster is gone immediately, its backends a moment later. */
  kill(): Promise<void>;
  /** Starts again on the same port and data; kills it first when it still runs. */
  restart(): Promise<void>;
  /** False after `kill`, and after an error that the server does not survive, such as a full disk. */
  isRunning(): boolean;
}

/** `settings` as `name=value`. With `diskMb` the data is on a file system of this size where mounts are permitted. */
export async function startOwnPostgres({
  settings = [],
  diskMb,
}: {
  readonly settings?: readonly string[];
  readonly diskMb?: number;
} = {}): Promise<OwnPostgres> {
  const bin = await localProgram("postgres");
  const user = unprivilegedUser();
  const folder = makeDataFolder("own-postgres", user);
  const disk = diskMb !== undefined && (await mountDisk(folder, user, diskMb)) ? folder : undefined;
  // Small segments, so that the log needs new space soon.
  await initData(bin, { folder, user }, ["--wal-segsize=1"]);
  const all = [...POSTGRES_SETTINGS, ...settings].flatMap((setting) => ["-c", setting]);
  const start = (port: number) => startOnData(bin, { folder, port, settings: all, user });
  const first = await startOnFreePort({ start, answers: (port) => answersQueries(urlOf(port)) });
  const { port } = first;
  let server = first.server;
  return {
    url: urlOf(port),
    disk,
    pause: () => signalAll(server, "SIGSTOP"),
    resume: () => signalAll(server, "SIGCONT"),
    kill: () => server.crash(),
    async restart() {
      // A backend that has not noticed the crash yet keeps the data in use for a moment.
      for (let tries = 1; ; tries += 1) {
        await server.crash();
        server = await start(port);
        if (await becomesReady(server, () => answersQueries(urlOf(port)))) return;
        if (tries === RESTARTS) throw new Error(server.output());
      }
    },
    isRunning: () => !server.hasExited(),
    async [Symbol.asyncDispose]() {
      await server.crash();
      if (disk !== undefined) await promisify(execFile)("umount", ["--lazy", disk]);
      await server[Symbol.asyncDispose]();
    },
  };
}

const RESTARTS = 5;

const urlOf = (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`;

/** Only root may mount, and in a container often not even root. */
async function mountDisk(folder: string, user: SystemUser | undefined, sizeMb: number): Promise<boolean> {
  if (user === undefined) return false;
  const options = `size=${sizeMb}m,uid=${user.uid},gid=${user.gid},mode=700`;
  try {
    await promisify(execFile)("mount", ["-t", "tmpfs", "-o", options, "countersign-test", folder]);
    return true;
  } catch {
    return false;
  }
}

/** The postmaster first, which then starts no more; each of its children leads a process group of its own. */
async function signalAll(server: ServerProcess, signal: NodeJS.Signals): Promise<void> {
  await server.signal(signal);
  for (const pid of childrenOf(server.pid)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return children
      .split(" ")
      .filter((each) => each !== "")
      .map(Number);
  } catch {
    return [];
  }
}

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { startContainer } from "./container.js";
import { makeDataFolder, type SystemUser, unprivilegedUser } from "./data-folder.js";
import { type Startable, startOnFreePort } from "./free-port.js";
import type { Program } from "./programs.js";
import { type ServerProcess, startProcess } from "./server-process.js";

const IMAGE = "postgres:15-alpine";
/** Nobody misses the data after a crash of the machine, so nothing waits for the disk. */
export const POSTGRES_SETTINGS = ["fsync=off", "full_page_writes=off", "max_connections=200"];

/** Starts a throw-away Postgres on a free loopback port; superuser `postgres`, no password. Own settings, `name=value`, come after ours. */
export async function startPostgres(
  program: Program,
  own: readonly string[] = [],
): Promise<{ url: string; server: ServerProcess }> {
  const settings = [...POSTGRES_SETTINGS, ...own].flatMap((setting) => ["-c", setting]);
  const start =
    program.kind === "local"
      ? startLocal(program.path, settings)
      : startInContainer(program.engine, settings);
  const { port, server } = await startOnFreePort({ start, answers: (at) => answersQueries(urlOf(at)) });
  return { url: urlOf(port), server };
}

const urlOf = (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`;

function startLocal(bin: string, settings: readonly string[]): Startable["start"] {
  return async (port) => {
    const user = unprivilegedUser();
    const folder = makeDataFolder("postgres", user);
    await initData(bin, { folder, user });
    return startOnData(bin, { folder, port, settings, user });
  };
}

/** Makes the folder `data` below `folder`: superuser `postgres`, no password. `options` are initdb's own. */
export async function initData(
  bin: string,
  { folder, user }: Pick<DataFolder, "folder" | "user">,
  options: readonly string[] = [],
): Promise<void> {
  const data = ["-D", join(folder, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"];
  await promisify(execFile)(join(bin, "initdb"), [...data, "--no-sync", ...options], {
    cwd: folder,
    ...user,
  });
}

/** Starts the server on the folder `data` below its own folder. */
export function startOnData(
  bin: string,
  { folder, port, settings, user }: DataFolder,
): Promise<ServerProcess> {
  const address = ["listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
  const all = [...address.flatMap((setting) => ["-c", setting]), ...settings];
  const command = [join(bin, "postgres"), "-D", join(folder, "data"), "-p", String(port), ...all] as const;
  return startProcess({ command, folder, user, stopSignal: "SIGQUIT" });
}

interface DataFolder {
  readonly folder: string;
  readonly port: number;
  /** As arguments: `-c name=value`. */
  readonly settings: readonly string[];
  readonly user: SystemUser | undefined;
}

function startInContainer(engine: string, settings: readonly string[]): Startable["start"] {
  return (port) =>
    startContainer({
      engine,
      image: IMAGE,
      options: ["--env", "POSTGRES_HOST_AUTH_METHOD=trust"],
      command: settings,
      ports: { inside: 5432, outside: port },
    });
}

export async function answersQueries(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 5 });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end();
  }
}

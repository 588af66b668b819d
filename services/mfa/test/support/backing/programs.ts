import { findContainerEngine } from "./container.js";
import { canInstallDebianPackages, installDebianPackages } from "./debian-packages.js";
import { findBinary, findPostgres } from "./find-binary.js";

/** How throw-away servers of one kind are run here. */
export type Program =
  /** The path of redis-server itself, or of the folder that holds Postgres' programs. */
  { readonly kind: "local"; readonly path: string } | { readonly kind: "container"; readonly engine: string };

export type ServerName = "postgres" | "redis" | "pgbouncer" | "haproxy" | "nginx" | "caddy";

const PACKAGES: Record<ServerName, string> = {
  postgres: "postgresql",
  redis: "redis-server",
  pgbouncer: "pgbouncer",
  haproxy: "haproxy",
  nginx: "nginx-light",
  caddy: "caddy",
};

/** Finds a way to run each server: a local program, else Debian's package, else a container engine; absent where none works. */
export async function findPrograms(
  names: readonly ServerName[],
): Promise<Partial<Record<ServerName, Program>>> {
  const missing = names.filter((name) => findLocal(name) === undefined);
  if (missing.length > 0 && canInstallDebianPackages()) await install(missing.map((name) => PACKAGES[name]));
  const stillMissing = missing.some((name) => findLocal(name) === undefined);
  const engine = stillMissing ? await findContainerEngine() : undefined;
  const container: Program | undefined = engine === undefined ? undefined : { kind: "container", engine };
  const found = names.map((name) => [name, findLocal(name) ?? container] as const);
  return Object.fromEntries(found.filter(([, program]) => program !== undefined));
}

/**
 * Whether these can be started as programs of this machine. Where not, says so and what to install; in CI it throws, for there a topology
 * that was not tried must not look like one that was.
 */
export async function canStart(...names: readonly ServerName[]): Promise<boolean> {
  try {
    for (const name of names) await localProgram(name);
    return true;
  } catch (error) {
    if ((process.env.CI ?? "") !== "") throw error;
    console.log(`tests: topologies: skipped: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

/** Whether this is a program of this machine already. Nothing is installed for it, not even in CI. */
export function isInstalled(name: ServerName): boolean {
  return findLocal(name) !== undefined;
}

/**
 * The path of a program that runs several servers which know each other by their addresses: no container each would do. Debian's package is
 * installed where it is missing and can be; throws otherwise.
 */
export async function localProgram(name: ServerName): Promise<string> {
  if (findLocal(name) === undefined && canInstallDebianPackages()) await install([PACKAGES[name]]);
  const program = findLocal(name);
  if (program?.kind === "local") return program.path;
  throw new Error(
    `needs ${name} as a program of this machine: install it (Debian's package ${PACKAGES[name]}), or run as root on Debian`,
  );
}

const FIND: Record<ServerName, () => string | undefined> = {
  postgres: findPostgres,
  redis: () => findBinary("redis-server"),
  pgbouncer: () => findBinary("pgbouncer", ["/usr/sbin"]),
  haproxy: () => findBinary("haproxy", ["/usr/sbin"]),
  nginx: () => findBinary("nginx", ["/usr/sbin"]),
  caddy: () => findBinary("caddy"),
};

function findLocal(name: ServerName): Program | undefined {
  const path = FIND[name]();
  return path === undefined ? undefined : { kind: "local", path };
}

/** A failure is told and not final: a container engine may still be there. */
async function install(packages: readonly string[]): Promise<void> {
  console.log(`tests: installing Debian packages for the tests: ${packages.join(" ")} ...`);
  try {
    await installDebianPackages(packages);
  } catch (error) {
    console.error(`tests: that failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

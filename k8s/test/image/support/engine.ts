import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MEGABYTE = 1024 * 1024;

/** Where images, containers and networks of one test run live, apart from everybody else's. A plain value, to be handed to tests. */
export interface Engine {
  readonly folder: string;
}

/** root's own builder has no CAP_SYS_RESOURCE inside a container, and crun refuses hybrid cgroups: hence the limits and runc. */
const CONTAINERS_CONF = `[containers]
default_ulimits = ["nofile=8192:8192", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
`;

export function createEngine(): Engine {
  const folder = mkdtempSync("/var/tmp/countersign-image-");
  mkdirSync(join(folder, "networks"));
  writeFileSync(join(folder, "containers.conf"), CONTAINERS_CONF);
  return { folder };
}

/** Removes every container, network and image of this engine. */
export async function removeEngine(engine: Engine): Promise<void> {
  await podman(engine, ["pod", "rm", "--all", "--force", "--time", "0"]);
  await podman(engine, ["rm", "--all", "--force", "--time", "0"]);
  await podman(engine, ["network", "prune", "--force"]);
  await podman(engine, ["rmi", "--all", "--force"]);
  rmSync(engine.folder, { recursive: true, force: true });
}

/** Runs podman and answers what it prints; a failure carries its exit code and both streams. */
export async function podman({ folder }: Engine, args: readonly string[]): Promise<string> {
  const networks = ["--network-config-dir", join(folder, "networks")];
  const { stdout } = await run("podman", [...store(folder), ...networks, ...args], options(folder));
  return stdout.trim();
}

/** What a command ended with, where its failure is the point. */
export async function exitOf(work: Promise<string>): Promise<{ code: number; output: string }> {
  try {
    return { code: 0, output: await work };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: `${stdout}${stderr}` };
  }
}

/** Builds an image from the folder `context`, without any container daemon. */
export async function build(
  { folder }: Engine,
  image: { readonly name: string; readonly context: string; readonly options?: readonly string[] },
): Promise<void> {
  const args = [
    "bud",
    ...store(folder),
    "--pull-never",
    ...(image.options ?? []),
    "-t",
    image.name,
    image.context,
  ];
  await run("buildah", args, options(folder));
}

const store = (folder: string) => ["--root", join(folder, "store"), "--runroot", join(folder, "run")];

const options = (folder: string) => ({
  env: { ...process.env, BUILDAH_ISOLATION: "chroot", CONTAINERS_CONF: join(folder, "containers.conf") },
  maxBuffer: 64 * MEGABYTE,
});

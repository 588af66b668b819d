import { execFile } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build, type Engine } from "./engine.js";

const run = promisify(execFile);
const NODE = `node-linux-${process.arch}`;
const VERSIONS = { node: "24.21.0", npm: "11.19.1" } as const;

/** What distroless holds beside Node, and what building takes beyond that. */
const RUNTIME = ["libc6", "libstdc++6", "libgcc-s1", "ca-certificates", "tzdata", "base-files", "netbase"];
const SHELL = ["dash", "coreutils", "sed", "grep", "findutils"];

const CONTAINERFILES = {
  RUNTIME_IMAGE: "FROM scratch\nADD base.tar /\nCOPY node /nodejs/bin/node\n",
  BUILD_IMAGE: `FROM scratch
ADD base.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ["/bin/ln", "-s", "../lib/node_modules/npm/bin/npx-cli.js", "/usr/local/bin/npx"]
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
`,
} as const;

/**
 * Makes stand-ins for the Dockerfile's bases from Debian's packages and Node from npm, under the very names that it asks for, so that
 * it is built as it stands where no registry of images is in reach. `cache` keeps what was downloaded.
 */
export async function makeBaseImages(engine: Engine, dockerfile: string, cache: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const packages = join(cache, `npm-${VERSIONS.node}-${VERSIONS.npm}`);
  if (!existsSync(packages)) await installNode(packages);
  for (const base of ["RUNTIME_IMAGE", "BUILD_IMAGE"] as const) {
    const tar = join(cache, `${base}.tar`);
    if (!existsSync(tar)) await makeRoot(tar, base === "BUILD_IMAGE" ? [...RUNTIME, ...SHELL] : RUNTIME);
    const context = join(engine.folder, base);
    mkdirSync(context);
    copyFileSync(tar, join(context, "base.tar"));
    copyFileSync(join(packages, "node_modules", NODE, "bin/node"), join(context, "node"));
    cpSync(join(packages, "node_modules/npm"), join(context, "npm"), { recursive: true });
    writeFileSync(join(context, "Containerfile"), CONTAINERFILES[base]);
    await build(engine, { name: nameOf(base, dockerfile), context });
  }
}

function nameOf(base: string, dockerfile: string): string {
  const name = new RegExp(`^ARG ${base}=(.+)$`, "m").exec(readFileSync(dockerfile, "utf8"))?.[1];
  if (name === undefined) throw new Error(`the Dockerfile has no ARG ${base}`);
  return name;
}

async function installNode(folder: string): Promise<void> {
  const packages = [`${NODE}@${VERSIONS.node}`, `npm@${VERSIONS.npm}`];
  await run("npm", ["install", "--ignore-scripts", "--no-save", "--prefix", `${folder}.new`, ...packages]);
  await run("mv", [`${folder}.new`, folder]);
}

async function makeRoot(tar: string, packages: readonly string[]): Promise<void> {
  const include = `--include=${packages.join(",")}`;
  await run("mmdebstrap", ["--variant=extract", "--format=tar", include, "bookworm", `${tar}.new`]);
  await run("mv", [`${tar}.new`, tar]);
}

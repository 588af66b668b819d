import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fingerprint, manifests } from "./fingerprint.mjs";
import { mustRun, root, say, secondsSince, tool } from "./process.mjs";

/** What is made from what; each stamp lives inside what it vouches for, so that removing that removes the stamp. */
const dependencies = {
  stamp: "node_modules/.countersign",
  sources: () => ["pnpm-lock.yaml", "pnpm-workspace.yaml", "patches", ...manifests()],
};
const protocol = {
  stamp: "packages/protocol/src/gen/.countersign",
  sources: () => ["proto", "proto-deps", "buf.yaml", "buf.gen.yaml", "package.json", "pnpm-lock.yaml"],
};

/** Brings dependencies and generated code up to date; does nothing twice. */
export async function install() {
  await whenChanged("dependencies", dependencies, installDependencies);
  await whenChanged("generated code", protocol, () => mustRun(tool("buf"), ["generate"]));
}

/** Brings compiled code up to date too. */
export async function setUp() {
  await install();
  await compile();
}

/** The service and what it is made of: all that there is where its image is built. */
export async function setUpService() {
  await install();
  await compile("services/mfa");
}

async function compile(...projects) {
  await timed("compiled code", () => mustRun(tool("tsc"), ["-b", ...projects]));
}

async function whenChanged(title, { stamp, sources }, make) {
  const path = join(root, stamp);
  const now = fingerprint(sources());
  if (existsSync(path) && readFileSync(path, "utf8") === now) return;
  // Without a stamp an interrupted run starts over, even when the sources go back to what they were.
  rmSync(path, { force: true });
  await timed(title, make);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, now);
}

async function timed(title, make) {
  const start = performance.now();
  say(`set-up: ${title} ...`);
  await make();
  say(`set-up: ${title} ready in ${secondsSince(start)}`);
}

async function installDependencies() {
  await pnpm(["install", "--frozen-lockfile", "--prefer-offline"]);
}

async function pnpm(args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  // CI=true: pnpm replaces an unusable node_modules without asking.
  await mustRun("npx", ["--yes", packageManager, ...args], { env: { ...process.env, CI: "true" } });
}

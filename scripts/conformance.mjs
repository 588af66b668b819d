import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { mustRun, root, run, say, tool } from "./process.mjs";

/** The suite is a Go program. */
const suite = { path: "connectrpc.com/conformance", version: "v1.0.7" };
const sources = join(root, "packages/rpc-server/conformance");
const folder = join(root, "node_modules/.cache/conformance");

/** Runs the Connect conformance suite against the transport, where Go is there to build it. Arguments go to the suite. */
export async function conformance(args) {
  const go = await run("go", ["version"]).catch(() => ({ ok: false }));
  if (!go.ok) {
    say("conformance: skipped, for the suite is built with Go 1.26 or newer and there is none");
    return;
  }
  mkdirSync(folder, { recursive: true });
  const { path, version } = suite;
  const env = { ...process.env, GOBIN: folder };
  await mustRun("go", ["install", `${path}/cmd/connectconformance@${version}`], { env });
  const { Dir } = JSON.parse(await mustRun("go", ["mod", "download", "-json", `${path}@${version}`]));
  const image = join(folder, "suite.binpb");
  await mustRun(tool("buf"), ["build", join(Dir, "proto"), "-o", image]);
  await bundleServer();
  const settings = [
    "--conf",
    join(sources, "suite.yaml"),
    "--known-failing",
    `@${join(sources, "known-failing.txt")}`,
    "--known-flaky",
    `@${join(sources, "known-flaky.txt")}`,
  ];
  const server = [process.execPath, join(folder, "server.mjs"), image];
  const { ok, output } = await run(join(folder, "connectconformance"), [
    ...["--mode", "server", ...settings, ...args, "--", ...server],
  ]);
  say(output.trimEnd());
  process.exitCode = ok ? 0 : 1;
}

function bundleServer() {
  return build({
    absWorkingDir: root,
    entryPoints: { server: join(sources, "server.ts") },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    logLevel: "warning",
  });
}

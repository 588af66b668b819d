import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { check } from "./check.mjs";
import { root, say, stoppingOnSignals } from "./process.mjs";
import { install, setUp, setUpService } from "./set-up.mjs";
import { withSetUpLock } from "./set-up-lock.mjs";

const commands = {
  start: {
    prepare: setUp,
    run: (args) => become("services/mfa/dist/main.js", args.length > 0 ? args : ["serve"]),
  },
  test: { prepare: setUp, run: test },
  assurance: { prepare: setUp, run: assurance },
  bench: { prepare: setUp, run: (args) => become("bench/dist/bench/src/main.js", args) },
  check: { prepare: install, run: (names) => stoppingOnSignals(() => check(names)) },
  build: { prepare: setUp },
  // Its packages are there only once the set-up has installed them.
  conformance: {
    prepare: setUp,
    run: async (args) => (await import("./conformance.mjs")).conformance(args),
  },
  docs: { prepare: install, run: async () => (await import("./docs/docs.mjs")).docs() },
  pack: { prepare: setUp, run: async (args) => (await import("./pack.mjs")).pack(args) },
  bundle: { prepare: setUpService, run: async (args) => (await import("./bundle.mjs")).bundle(args) },
};

/** What people configure by npm's environment and pnpm understands; the rest describes the npm that runs this script. */
const kept = /^npm_config_(registry|cache|cafile|proxy|https_proxy|noproxy|userconfig)$/i;

/** Becomes another Node program in this process, so that a signal to npm reaches it directly. */
async function become(script, args) {
  process.argv = [process.execPath, join(root, script), ...args];
  await import(pathToFileURL(join(root, script)).href);
}

/** With --watch it stays, and runs what changes. */
function test(args) {
  const mode = args.includes("--watch") ? "watch" : "run";
  return become("node_modules/vitest/vitest.mjs", [mode, ...args]);
}

/** The long form asserts timing, so that its campaigns run one after another. */
function assurance(args) {
  process.env.COUNTERSIGN_TEST_ASSURANCE = "long";
  return become("node_modules/vitest/vitest.mjs", [
    ...["run", "services/mfa/test/assurance", "--project", "mfa", "--no-file-parallelism"],
    ...args,
  ]);
}

function dropNpmEnvironment() {
  for (const name of Object.keys(process.env))
    if (/^npm_/i.test(name) && !kept.test(name)) delete process.env[name];
}

const [name = "", ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name)) {
  say(`usage: node scripts/run.mjs ${Object.keys(commands).join(" | ")} [arguments]`);
  process.exit(2);
}
dropNpmEnvironment();
process.chdir(root);
const { prepare, run } = commands[name];
try {
  await stoppingOnSignals(() => withSetUpLock(() => prepare(args)));
} catch (error) {
  say(error.message);
  process.exit(1);
}
await run?.(args);

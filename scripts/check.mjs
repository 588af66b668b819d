import { breakingChanges } from "./check-breaking.mjs";
import { forbiddenStrings } from "./check-strings.mjs";
import { run, say, secondsSince, tool } from "./process.mjs";

/** By name, cheapest first. Each answers {ok, output} and, where it had nothing to judge, why it was skipped. */
const checks = {
  strings: forbiddenStrings,
  "buf-lint": () => run(tool("buf"), ["lint"]),
  "buf-format": () => run(tool("buf"), ["format", "--diff", "--exit-code"]),
  "buf-breaking": breakingChanges,
  docs: async () => (await import("./docs/docs.mjs")).judgeDocs(),
  biome: () => run(tool("biome"), ["check", "--error-on-warnings", "."]),
  tsc: () => run(tool("tsc"), ["-b"]),
  "tsc-tests": () => run(tool("tsc"), ["-p", "tsconfig.lint.json"]),
  knip: () => run(tool("knip"), []),
  "dependency-cruiser": layers,
  eslint,
};

/** Runs the checks that are named, or all of them, failed or not, and lists the failures at the end. */
export async function check(names) {
  const unknown = names.filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0) {
    say(`check: there is no ${unknown.join(", no ")}. The checks are ${Object.keys(checks).join(", ")}.`);
    process.exitCode = 2;
    return;
  }
  const failures = [];
  for (const [name, judge] of Object.entries(checks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const start = performance.now();
    const { ok, output, skipped } = await judge();
    const verdict = ok ? (skipped ? `skipped: ${skipped}` : "ok") : "FAILED";
    say(`check: ${name.padEnd(20)} ${secondsSince(start).padStart(7)}  ${verdict}`);
    if (!ok) failures.push({ name, output: output.trimEnd() });
  }
  for (const { name, output } of failures) say(`\n=== ${name} ===\n${output}`);
  const failed = failures.map(({ name }) => name).join(", ");
  say(failures.length > 0 ? `\ncheck: FAILED: ${failed}` : "check: all passed");
  process.exitCode = failures.length > 0 ? 1 : 0;
}

/**
 * A file that did not change is not looked at again. A type that changed in another file may make it wrong all the same, which a clean clone
 * finds, CI's say: there is no cache there.
 */
function eslint() {
  const cache = ["--cache", "--cache-strategy", "content", "--cache-location", "node_modules/.cache/eslint/"];
  return run(tool("eslint"), ["--max-warnings", "0", ...cache, "."]);
}

/** Where it cannot parse TypeScript, dependency-cruiser sees no module and reports success. */
async function layers() {
  const { ok, output } = await run(tool("depcruise"), [
    "packages",
    "services",
    "bench",
    "--output-type",
    "err-long",
  ]);
  const modules = Number(/(\d+) modules/.exec(output)?.[1] ?? 0);
  return ok && modules === 0 ? { ok: false, output: `${output}\nno module was looked at` } : { ok, output };
}

import { breakingChanges } from "./check-breaking.mjs";
import { forbiddenStrings } from "./check-strings.mjs";
import { run, say, secondsSince, tool } from "./process.mjs";

/** Cheapest first. Each answers {ok, output} and, where it had nothing to judge, why it was skipped. */
const checks = {
  "forbidden strings": forbiddenStrings,
  "buf lint": () => run(tool("buf"), ["lint"]),
  "buf format": () => run(tool("buf"), ["format", "--diff", "--exit-code"]),
  "buf breaking": breakingChanges,
  docs: async () => (await import("./docs/docs.mjs")).judgeDocs(),
  biome: () => run(tool("biome"), ["check", "--error-on-warnings", "."]),
  "tsc -b": () => run(tool("tsc"), ["-b"]),
  "tsc, tests": () => run(tool("tsc"), ["-p", "tsconfig.lint.json"]),
  knip: () => run(tool("knip"), []),
  "dependency-cruiser": layers,
  eslint: () => run(tool("eslint"), ["--max-warnings", "0", "."]),
};

/** Runs every static check, failed or not, and lists the failures at the end. */
export async function check() {
  const failures = [];
  for (const [name, judge] of Object.entries(checks)) {
    const start = performance.now();
    const { ok, output, skipped } = await judge();
    const verdict = ok ? (skipped ? `skipped: ${skipped}` : "ok") : "FAILED";
    say(`check: ${name.padEnd(20)} ${secondsSince(start).padStart(7)}  ${verdict}`);
    if (!ok) failures.push({ name, output: output.trimEnd() });
  }
  for (const { name, output } of failures) say(`\n=== ${name} ===\n${output}`);
  const names = failures.map(({ name }) => name).join(", ");
  say(failures.length > 0 ? `\ncheck: FAILED: ${names}` : "check: all passed");
  process.exitCode = failures.length > 0 ? 1 : 0;
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

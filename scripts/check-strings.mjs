import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun, root } from "./process.mjs";

/** Patterns are written so that none matches its own line. */
const forbidden = [
  [/\b(?:TO[D]O|FIX[M]E|X[X]X)\b/, "unfinished work"],
  [/\b(?:it|test|describe|suite)\.(?:skip|only|todo)\b/, "a test switched off or singled out"],
  [/eslint[-]disable|biome[-]ignore|@ts[-](?:ignore|nocheck|expect-error)/, "a check switched off"],
  [/^(?:<{7}|>{7}|\|{7})(?: |$)/, "a merge conflict"],
  [/(?<![\w.])\/(?:home|Users|work)\/\w/, "a path of one machine"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
];
const unread = /(?:^pnpm-lock\.yaml|\.(?:png|ico|woff2|tar|gz))$/;

/** Looks through every file that is, or is about to be, under version control. */
export async function forbiddenStrings() {
  const listed = await mustRun("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  const found = listed
    .split("\0")
    .filter((file) => file !== "" && !unread.test(file))
    .flatMap(offencesIn);
  return { ok: found.length === 0, output: found.join("\n") };
}

function offencesIn(file) {
  return linesOf(file).flatMap((line, index) =>
    forbidden.filter(([pattern]) => pattern.test(line)).map(([, what]) => `${file}:${index + 1}: ${what}`),
  );
}

function linesOf(file) {
  try {
    return readFileSync(join(root, file), "utf8").split("\n");
  } catch (error) {
    // Deleted in the working tree, or a link to a folder.
    if (error.code === "ENOENT" || error.code === "EISDIR") return [];
    throw error;
  }
}

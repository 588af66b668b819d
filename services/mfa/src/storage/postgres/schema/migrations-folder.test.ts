import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { migrationsFolder } from "./schema-state.js";

let installation: string | undefined;

afterEach(() => {
  if (installation !== undefined) rmSync(installation, { recursive: true });
  installation = undefined;
});

function install(): string {
  installation = mkdtempSync(join(tmpdir(), "countersign-installation-"));
  mkdirSync(join(installation, "migrations", "meta"), { recursive: true });
  writeFileSync(join(installation, "migrations", "meta", "_journal.json"), "{}");
  return installation;
}

test("the migrations are found beside a bundled file", () => {
  const folder = install();
  expect(migrationsFolder(pathToFileURL(join(folder, "main.mjs")).href)).toBe(join(folder, "migrations"));
});

test("the migrations are found above compiled code", () => {
  const folder = install();
  const program = join(folder, "dist", "storage", "postgres", "migrate.js");
  expect(migrationsFolder(pathToFileURL(program).href)).toBe(join(folder, "migrations"));
});

test("a program without migrations says so rather than run without them", () => {
  const folder = install();
  rmSync(join(folder, "migrations"), { recursive: true });
  expect(() => migrationsFolder(pathToFileURL(join(folder, "main.mjs")).href)).toThrow(/missing/);
});

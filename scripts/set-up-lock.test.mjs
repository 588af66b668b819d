import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const module = new URL("set-up-lock.mjs", import.meta.url).href;
let folder;
let children;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-lock-"));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** A process that writes down when it gets the lock and, `milliseconds` later, that it gives it back. */
function holder(name, milliseconds) {
  const program = `
    import { appendFileSync } from "node:fs";
    import { setTimeout } from "node:timers/promises";
    import { withSetUpLock } from ${JSON.stringify(module)};
    const note = (what) => appendFileSync(${JSON.stringify(join(folder, "log"))}, what + " ${name}\\n");
    const work = async () => { note("begin"); await setTimeout(${milliseconds}); note("end"); };
    await withSetUpLock(work, ${JSON.stringify(folder)});`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  children.push(child);
  return child;
}

const log = () => readFileSync(join(folder, "log"), { encoding: "utf8", flag: "a+" }).trim().split("\n");

test("of many set-ups one works at a time, and each gets its turn", async () => {
  const names = ["a", "b", "c", "d"];
  await Promise.all(names.map((name) => once(holder(name, 60), "exit")));
  const turns = log();
  expect(turns).toHaveLength(2 * names.length);
  for (let at = 0; at < turns.length; at += 2) expect(turns[at + 1]).toBe(turns[at].replace("begin", "end"));
});

test("the lock of a killed set-up goes to the ones that wait for it, one at a time", async () => {
  const killed = holder("killed", 60_000);
  await expect.poll(log, { timeout: 5_000 }).toEqual(["begin killed"]);
  const waiting = ["a", "b", "c"].map((name) => once(holder(name, 60), "exit"));
  killed.kill("SIGKILL");
  await Promise.all(waiting);
  const [, ...turns] = log();
  expect(turns).toHaveLength(6);
  for (let at = 0; at < turns.length; at += 2) expect(turns[at + 1]).toBe(turns[at].replace("begin", "end"));
});

test("a lock from another host is left alone while it is touched, and taken once it is not", async () => {
  const lock = join(folder, "set-up.lock");
  writeFileSync(lock, "elsewhere 1");
  const waiting = holder("waiting", 0);
  const exit = once(waiting, "exit");
  const [words] = await once(waiting.stderr, "data");
  expect(String(words)).toContain("waiting for another one");
  expect(log()).toEqual([""]);
  const longAgo = new Date(0);
  utimesSync(lock, longAgo, longAgo);
  await exit;
  expect(log()).toEqual(["begin waiting", "end waiting"]);
});

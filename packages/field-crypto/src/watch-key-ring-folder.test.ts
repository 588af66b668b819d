import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createFieldCipher } from "./field-cipher.js";
import { generateKey } from "./generate-key.js";
import type { KeyRing } from "./key-ring.js";
import type { KeyRingError } from "./key-ring-error.js";
import { promoteKey, removeKey, retireKey, writeKeyFile } from "./manage-key-folder.js";
import { type KeyRingWatch, watchKeyRingFolder } from "./watch-key-ring-folder.js";

const NOW = new Date("2026-01-31T12:00:00Z");
const CONTEXT = { owner: "user-1", field: "mfa_factors.totp_secret" };
let folder = "";
let watch: KeyRingWatch;
const onProblem = vi.fn<(problem: KeyRingError) => void>();
const onReload = vi.fn<(ring: KeyRing, previous: KeyRing) => void>();

beforeEach(async () => {
  vi.resetAllMocks();
  folder = await mkdtemp(join(tmpdir(), "key-watch-"));
  await writeKeyFile(folder, generateKey(NOW, "old"));
  await promoteKey(folder, "old");
  watch = await watchKeyRingFolder(folder, { onProblem, onReload });
});
afterEach(async () => {
  vi.useRealTimers();
  await watch[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe("watching a key folder", () => {
  test("watching a key folder carries a rotation to whoever holds the source, with nothing lost on the way", async () => {
    await watch[Symbol.asyncDispose]();
    watch = await watchKeyRingFolder(folder, { intervalMs: 10, onProblem, onReload });
    const cipher = createFieldCipher(watch.current);
    const envelope = cipher.seal("seed", CONTEXT);
    await writeKeyFile(folder, generateKey(NOW, "new"));
    await expect.poll(() => watch.current().ids("field-encryption")).toEqual(["old", "new"]);
    await promoteKey(folder, "new");
    await expect.poll(() => watch.current().active("field-encryption").id).toBe("new");
    expect(cipher.open(envelope, CONTEXT).toString()).toBe("seed");
    const rewrapped = cipher.rewrap(envelope, CONTEXT);
    await retireKey(folder, "old");
    await expect.poll(() => watch.current().ids("field-encryption")).toEqual(["new"]);
    await removeKey(folder, "old");
    await expect.poll(() => watch.current().keys).toHaveLength(1);
    expect(cipher.open(rewrapped, CONTEXT).toString()).toBe("seed");
    expect(() => cipher.open(envelope, CONTEXT)).toThrow("unknown-key");
    expect(onReload.mock.calls.map(([ring, previous]) => [previous.keys.length, ring.keys.length])).toEqual([
      [1, 2],
      [2, 2],
      [2, 2],
      [2, 1],
    ]);
    expect(onProblem).not.toHaveBeenCalled();
  });

  test("watching a key folder keeps the ring in force while the folder is bad, and says so once for each state of it", async () => {
    const before = watch.current();
    await writeFile(join(folder, "primary"), "nobody");
    await watch.reload();
    await watch.reload();
    expect(watch.current()).toBe(before);
    expect(watch.problem()?.problems).toEqual(['the file "primary" names key nobody, which is not there']);
    expect(onProblem).toHaveBeenCalledTimes(1);
    await rm(join(folder, "primary"));
    await watch.reload();
    expect(onProblem).toHaveBeenCalledTimes(2);
    expect(watch.current()).toBe(before);
    await rm(folder, { recursive: true });
    await watch.reload();
    expect(watch.problem()?.message).toBe("the key folder cannot be read (ENOENT)");
  });

  test("watching a key folder goes back to no problem when the folder is as it was", async () => {
    const before = watch.current();
    await writeFile(join(folder, "other"), "not a key", { mode: 0o400 });
    await watch.reload();
    expect(watch.problem()).toBeDefined();
    await rm(join(folder, "other"));
    await watch.reload();
    expect(watch.problem()).toBeUndefined();
    expect(watch.current()).toBe(before);
    expect(onReload).not.toHaveBeenCalled();
  });

  test("watching a key folder does not start with a bad folder", async () => {
    await rm(join(folder, "primary"));
    await expect(watchKeyRingFolder(folder, { onProblem })).rejects.toThrow("no key is active");
  });

  test("watching a key folder looks every ten seconds unless told otherwise, and never again once disposed", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const other = await watchKeyRingFolder(folder, { onProblem });
    await writeKeyFile(folder, generateKey(NOW, "new"));
    vi.advanceTimersByTime(9_999);
    await other[Symbol.asyncDispose]();
    expect(other.current().keys).toHaveLength(1);

    const next = await watchKeyRingFolder(folder, { onProblem });
    await writeKeyFile(folder, generateKey(NOW, "newer"));
    vi.advanceTimersByTime(10_000);
    await next[Symbol.asyncDispose]();
    expect(next.current().keys).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });
});

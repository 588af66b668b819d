import { chmod, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { generateKey } from "./generate-key.js";
import { loadKeyRingFolder } from "./key-folder.js";
import { keyRingFromMasterKey } from "./key-ring.js";
import { listKeys, promoteKey, removeKey, retireKey, writeKeyFile } from "./manage-key-folder.js";
import { masterKeyFromBase64 } from "./master-key.js";

const NOW = new Date("2026-01-31T12:00:00Z");
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "key-manage-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const modeOf = async (name: string) => (await stat(join(folder, name))).mode & 0o777;

describe("managing a key folder", () => {
  test("managing a key folder starts from an empty folder: generate, promote, and the ring loads", async () => {
    expect(await listKeys(folder)).toEqual([]);
    const key = generateKey(NOW);
    expect(key.id).toMatch(/^20260131-[0-9a-f]{8}$/);
    expect(await writeKeyFile(folder, key)).toEqual([{ id: key.id, state: "decrypt-only", createTime: NOW }]);
    expect(await promoteKey(folder, key.id)).toEqual([{ id: key.id, state: "active", createTime: NOW }]);
    expect((await loadKeyRingFolder(folder)).active("code-mac").id).toBe(key.id);
    expect(await listKeys(folder)).toEqual([{ id: key.id, state: "active", createTime: NOW }]);
    expect(await readdir(folder)).toEqual([key.id, "primary"].sort());
    expect(await modeOf(key.id)).toBe(0o400);
  });

  test("managing a key folder answers after each step what a fresh reading of the folder gives", async () => {
    await writeKeyFile(folder, generateKey(NOW, "a"));
    await promoteKey(folder, "a");
    for (const step of [
      () => writeKeyFile(folder, generateKey(NOW, "b")),
      () => promoteKey(folder, "b"),
      () => retireKey(folder, "a"),
      () => removeKey(folder, "a"),
    ]) {
      expect(await step()).toEqual(await listKeys(folder));
      expect((await loadKeyRingFolder(folder)).keys.length).toBeGreaterThan(0);
    }
    expect(await listKeys(folder)).toEqual([{ id: "b", state: "active", createTime: NOW }]);
  });

  test("managing a key folder keeps a key's secret, age and file mode when it is retired", async () => {
    await writeKeyFile(folder, generateKey(NOW, "a"));
    await writeKeyFile(folder, generateKey(NOW, "b"));
    await promoteKey(folder, "b");
    await chmod(join(folder, "a"), 0o440);
    const before = JSON.parse(await readFile(join(folder, "a"), "utf8")) as object;
    await retireKey(folder, "a");
    expect(JSON.parse(await readFile(join(folder, "a"), "utf8"))).toEqual({ ...before, state: "retired" });
    expect(await modeOf("a")).toBe(0o440);
  });

  test("managing a key folder never overwrites a key, even when two are written under one id concurrently", async () => {
    const writes = await Promise.allSettled(
      Array.from({ length: 8 }, () => writeKeyFile(folder, generateKey(NOW, "same"))),
    );
    expect(writes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await readdir(folder)).toEqual(["same"]);
    await expect(writeKeyFile(folder, generateKey(NOW, "same"))).rejects.toThrow("key same already exists");
  });

  test("managing a key folder refuses a secret that is there under another id", async () => {
    const key = generateKey(NOW, "a");
    await writeKeyFile(folder, key);
    await expect(writeKeyFile(folder, { ...key, id: "b" })).rejects.toThrow(
      "keys a and b have the same secret",
    );
  });

  test("managing a key folder takes over ENCRYPTION_KEY under the id that its envelopes carry", async () => {
    const secret = generateKey(NOW).secret.export().toString("base64");
    const master = masterKeyFromBase64(secret);
    await writeKeyFile(folder, { ...master, createTime: NOW });
    await promoteKey(folder, master.id);
    const own = keyRingFromMasterKey(secret).active("field-encryption");
    const loaded = (await loadKeyRingFolder(folder)).active("field-encryption");
    expect(loaded.id).toBe(own.id);
    expect(loaded.secret.equals(own.secret)).toBe(true);
  });

  test.each(["", "UPPER", "-a", "a/b", "..", "primary", "a".repeat(33)])(
    "managing a key folder makes no key named %j",
    (id) => {
      expect(() => generateKey(NOW, id)).toThrow("a key id must match");
    },
  );
});

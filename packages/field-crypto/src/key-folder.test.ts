import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { generateKey } from "./generate-key.js";
import { encodeKeyFile } from "./key-file.js";
import { loadKeyRingFolder } from "./key-folder.js";
import { KeyRingError } from "./key-ring-error.js";
import { EXAMPLE_KEYS } from "./weak-secret.js";

const NOW = new Date("2026-01-31T12:00:00Z");
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "key-folder-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function put(name: string, content: string, mode = 0o400): Promise<void> {
  await rm(join(folder, name), { force: true });
  await writeFile(join(folder, name), content);
  await chmod(join(folder, name), mode);
}

const fresh = (id: string) => encodeKeyFile(generateKey(NOW, id));

async function problems(): Promise<readonly string[]> {
  const outcome: unknown = await loadKeyRingFolder(folder).catch((error: unknown) => error);
  return outcome instanceof KeyRingError ? outcome.problems : [];
}

describe("a key folder", () => {
  test("a key folder makes a ring: primary names the active key, the others open, retired ones do not", async () => {
    await put("a", fresh("a"));
    await put("b", fresh("b"), 0o440);
    await put("c", encodeKeyFile({ ...generateKey(NOW), state: "retired" }));
    await put("primary", "b\n", 0o644);
    await put(".b.swp", "leftover", 0o666);
    const ring = await loadKeyRingFolder(folder);
    expect(ring.keys).toEqual([
      { id: "b", state: "active", createTime: NOW },
      { id: "a", state: "decrypt-only", createTime: NOW },
      { id: "c", state: "retired", createTime: NOW },
    ]);
    expect(ring.ids("code-mac")).toEqual(["b", "a"]);
  });

  test("a key folder is read whole while a mounted Secret changes: never two versions mixed, never a version gone", async () => {
    let swaps = 0;
    async function swap(): Promise<void> {
      const id = `k${swaps++}`;
      await mkdir(join(folder, `..${id}`));
      await put(`..${id}/${id}`, fresh(id));
      await put(`..${id}/primary`, id);
      await symlink(`..${id}`, join(folder, "..next"));
      await rename(join(folder, "..next"), join(folder, "..data"));
      await rm(join(folder, `..k${swaps - 2}`), { recursive: true, force: true });
    }
    await swap();
    await symlink("..data/primary", join(folder, "primary"));
    for (let round = 0; round < 40; round++) {
      const swapped = swap();
      const rings = await Promise.all(Array.from({ length: 20 }, () => loadKeyRingFolder(folder)));
      await swapped;
      expect(rings.every(({ keys }) => keys.length === 1)).toBe(true);
    }
    expect((await loadKeyRingFolder(folder)).ids("code-mac")).toEqual([`k${swaps - 1}`]);
  });

  test("a key folder is refused when it is missing or empty", async () => {
    expect(await problems()).toEqual([
      'no key is active: the file "primary" must hold the id of one',
      "there is no key",
    ]);
    await expect(loadKeyRingFolder(join(folder, "nowhere"))).rejects.toThrow("cannot be read (ENOENT)");
  });

  test.each([
    ["", 'the file "primary" must hold one key id and nothing else'],
    ["a b", 'the file "primary" must hold one key id and nothing else'],
    ["primary", 'the file "primary" must hold one key id and nothing else'],
    ["b", 'the file "primary" names key b, which is not there'],
    ["gone", 'the file "primary" names key gone, which is retired'],
  ])("a key folder is refused with primary %j", async (primary, problem) => {
    await put("a", fresh("a"));
    await put("gone", encodeKeyFile({ ...generateKey(NOW), state: "retired" }));
    await put("primary", primary);
    expect(await problems()).toEqual([problem]);
  });

  test.each([0o404, 0o444, 0o644, 0o602])(
    "a key folder is refused with a key open to every user, mode %o",
    async (mode) => {
      await put("a", fresh("a"), mode);
      await put("primary", "a");
      expect(await problems()).toEqual([
        `file "a" is open to every user of the machine (mode 0${mode.toString(8)}): make it 0400, or 0440 with a group`,
      ]);
    },
  );

  test("a key folder is refused with a primary that every user can write", async () => {
    await put("a", fresh("a"));
    await put("primary", "a", 0o666);
    expect(await problems()).toEqual([expect.stringContaining('file "primary" is open to every user')]);
  });

  test("a key folder is refused with all problems of all files together", async () => {
    const key = generateKey(NOW);
    await put("a", encodeKeyFile(key));
    await put("b", encodeKeyFile(key));
    await put("bad", "{");
    await put(
      "example",
      JSON.stringify({ createTime: "2026-01-31T12:00:00Z", state: "enabled", secret: EXAMPLE_KEYS[0] }),
    );
    await put("large", " ".repeat(4097));
    await put("Not An Id", fresh("x"));
    await put("open", fresh("open"), 0o444);
    await symlink("nowhere", join(folder, "dangling"));
    await mkdir(join(folder, "directory"));
    expect(await problems()).toEqual([
      'file "open" is open to every user of the machine (mode 0444): make it 0400, or 0440 with a group',
      'file "Not An Id" is not named for a key id',
      "key bad is not a JSON object",
      "key dangling cannot be read (ENOENT)",
      "key directory is not a small regular file",
      "the secret of key example is an example key from the documentation",
      "key large is not a small regular file",
      'no key is active: the file "primary" must hold the id of one',
      "keys a and b have the same secret",
    ]);
  });

  test("a key folder quotes none of its files in what it refuses", async () => {
    const key = generateKey(NOW, "a");
    const secret = key.secret.export().toString("base64");
    await put("a", `{"secret": ${secret}}`);
    await put("b", secret);
    await put("c", JSON.stringify({ [secret]: secret, secret: `${secret}A` }));
    await put("primary", secret);
    const outcome: unknown = await loadKeyRingFolder(folder).catch((error: unknown) => error);
    expect((await problems()).length).toBeGreaterThanOrEqual(6);
    expect(outcome instanceof Error ? `${outcome.message}${outcome.stack ?? ""}` : secret).not.toContain(
      secret.slice(0, 8),
    );
  });
});

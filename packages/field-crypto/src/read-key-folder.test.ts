import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readKeyFolder } from "./read-key-folder.js";

/** What the kubelet does right after a step of the reader. */
const kubelet = vi.hoisted<{ afterResolving?: () => Promise<void>; afterListing?: () => Promise<void> }>(
  () => ({}),
);

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof fs>();
  return {
    ...original,
    async realpath(path: string) {
      const version = await original.realpath(path);
      await kubelet.afterResolving?.();
      return version;
    },
    async readdir(path: string) {
      const names = await original.readdir(path);
      await kubelet.afterListing?.();
      return names;
    },
  };
});

let folder = "";

/** As the kubelet does it: new version beside the old, one rename of the link, old version deleted. */
async function swap(to: string): Promise<void> {
  delete kubelet.afterResolving;
  delete kubelet.afterListing;
  await fs.mkdir(join(folder, to));
  await fs.writeFile(join(folder, to, "primary"), to, { mode: 0o440 });
  await fs.symlink(to, join(folder, "..next"));
  await fs.rename(join(folder, "..next"), join(folder, "..data"));
  if (to !== "..first") await fs.rm(join(folder, "..first"), { recursive: true });
}

beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), "key-read-"));
  await swap("..first");
});
afterEach(async () => {
  await fs.rm(folder, { recursive: true });
});

describe("reading a mounted Secret", () => {
  test.each(["afterResolving", "afterListing"] as const)(
    "reading a mounted Secret starts over when its version goes %s",
    async (step) => {
      kubelet[step] = () => swap("..new");
      expect(await readKeyFolder(folder)).toEqual([{ name: "primary", mode: 0o440, content: "..new" }]);
    },
  );
});

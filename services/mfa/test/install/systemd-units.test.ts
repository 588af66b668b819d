import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("../../../../deploy/systemd/", import.meta.url));
const units = readdirSync(FOLDER).filter((name) => /\.(?:service|timer)$/.test(name));
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.skipIf(!hasSystemd).each(units)("systemd takes the unit %s without a complaint", (unit) => {
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", `${FOLDER}${unit}`], {
    encoding: "utf8",
  });
  // Node may be elsewhere on this machine.
  const complaints = `${stdout}${stderr}`
    .split("\n")
    .filter((line) => line.includes(unit) && !line.includes("/usr/bin/node"));
  expect({ complaints, ...(complaints.length > 0 ? { status } : {}) }).toEqual({ complaints: [] });
});

test("the heap bound of a server is 40 % of its memory limit", () => {
  const unit = readFileSync(`${FOLDER}countersign@.service`, "utf8");
  const limit = Number(/^MemoryMax=(\d+)M$/m.exec(unit)?.[1]);
  const heap = Number(/--max-old-space-size=(\d+) /.exec(unit)?.[1]);
  expect(heap / limit).toBeCloseTo(0.4, 2);
});

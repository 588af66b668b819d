import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadSecurityConfig } from "./load.js";
import { readSecurityConfigFile, readSettingFile } from "./read-file.js";

const folder = mkdtempSync(join(tmpdir(), "security-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

it("a file on disk sets the configuration", () => {
  const file = readSecurityConfigFile(fileWith("c.yaml", "mfa: { required: true }"));
  expect(loadSecurityConfig({ env: {}, file })).toMatchObject({
    ok: true,
    config: { mfa: { required: true } },
  });
});

it("a NAME_FILE variable is read from disk", () => {
  const env = { SECRET_KEY_FILE: fileWith("key", "s3cret\n") };
  const result = loadSecurityConfig({ env, readFile: readSettingFile });
  expect(result.ok && result.config.environment.secretKey?.reveal()).toBe("s3cret");
});

describe("a file that cannot be read is a problem that says why:", () => {
  it.each([
    ["missing", () => join(folder, "nowhere"), "ENOENT"],
    ["a folder", () => folder, "ENOTFILE"],
    ["a device, which would never end", () => "/dev/zero", "ENOTFILE"],
    ["a path with NUL", () => "a\0b", "ERR_INVALID_ARG_VALUE"],
    ["far too long", sparseFile, "EFBIG"],
  ])("a file that cannot be read is a problem that says why: %s", (_, path, code) => {
    const file = readSecurityConfigFile(path());
    expect(loadSecurityConfig({ env: {}, file })).toMatchObject({
      ok: false,
      problems: [{ path: "", message: `cannot be read: ${code}`, source: { kind: "file" } }],
    });
  });
});

function sparseFile(): string {
  const path = fileWith("large", "");
  truncateSync(path, 5_000_000);
  return path;
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { securityConfigFrom } from "./readme-example.js";

const folder = mkdtempSync(join(tmpdir(), "security-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("the example of the README", () => {
  it("the example of the README is the code that is run here", () => {
    const [readme, example] = ["../README.md", "./readme-example.ts"].map((path) =>
      readFileSync(new URL(path, import.meta.url), "utf8"),
    );
    const shown = [...(readme ?? "").matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
    expect(shown).toContain(example);
  });

  it("the example of the README gives the configuration of file and environment", () => {
    const SECURITY_CONFIG_FILE = fileWith("c.yaml", "security_level: HIGH\npassword: { min_length: 16 }");
    const config = securityConfigFrom({ SECURITY_CONFIG_FILE, SECRET_KEY_FILE: fileWith("key", "k\n") });
    expect(config).toMatchObject({ level: "HIGH", password: { minLength: 16 }, mfa: { required: true } });
    expect(config.environment.secretKey?.reveal()).toBe("k");
  });

  it("the example of the README throws every problem", () => {
    const SECURITY_CONFIG_FILE = join(folder, "nowhere");
    expect(() => securityConfigFrom({ SECURITY_CONFIG_FILE, DEBUG: "1" })).toThrow(/ENOENT.*\n.*DEBUG/);
  });

  it("the example of the README throws every fatal warning", () => {
    expect(() => securityConfigFrom({ ENVIRONMENT: "production" })).toThrow(
      /SECRET_KEY.*\nJWT_SECRET.*\nENCRYPTION_KEY/,
    );
  });
});

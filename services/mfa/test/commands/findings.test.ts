import { describe, expect, test } from "vitest";
import { environmentConfigs } from "../../src/commands/command-line/program-configs.js";
import { runProgram } from "../../src/commands/command-line/run-program.js";
import { COMMANDS } from "../../src/commands/commands.js";
import { createKeyFolder } from "../support/key-folder.js";
import { createTestProgram } from "../support/program-context.js";

type Environment = Readonly<Record<string, string>>;

/** Runs a command with these variables. */
async function command(
  line: string,
  env: Environment,
  options: { readonly shell?: Environment; readonly terminal?: boolean } = {},
) {
  const { shell = {}, terminal = false } = options;
  const { context, printed, noted } = createTestProgram(environmentConfigs(env), { env: shell, terminal });
  const exitCode = await runProgram(COMMANDS, line.split(" "), context);
  return { exitCode, printed: printed(), noted: noted(), lines: printed().split("\n") };
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as object);

const PRODUCTION = {
  ENVIRONMENT: "production",
  DATABASE_URL: "postgres://app:x@127.0.0.1/mfa",
  REDIS_URL: "redis://127.0.0.1",
  CALLERS_FILE: "/callers",
  MFA_ALLOWED_METHODS: "totp",
};
const BY_CERTIFICATE = {
  TLS_CERT_FILE: "/tls.crt",
  TLS_KEY_FILE: "/tls.key",
  TLS_CLIENT_CA_FILE: "/ca.crt",
};

describe("doctor", () => {
  const only = "doctor --only configuration,callers";

  test("doctor prints columns, a group for each check, remedies on lines of their own, and sums", async () => {
    expect((await command(only, {})).lines).toEqual([
      "ok       configuration  sound, for development",
      "warning  configuration  ENCRYPTION_KEY is not set (ENCRYPTION_KEY_MISSING)",
      "                        countersign keys generate --dir FOLDER, and set KEY_RING_DIR to it (docs/keys.md)",
      "warning  configuration  the embedded stores are for development only",
      "                        set DATABASE_URL and REDIS_URL",
      "",
      "warning  callers        every process on this machine may call",
      "                        set CALLERS_FILE (docs/callers.md)",
      "",
      "0 failed, 3 to look at, 1 in order",
    ]);
  });

  test("doctor --json prints a line for each finding and one with the counts", async () => {
    const { exitCode, lines } = await command(`${only} --json`, {});
    expect(exitCode).toBe(0);
    expect(parsed(lines)).toEqual([
      { event: "finding", level: "ok", about: "configuration", text: "sound, for development" },
      expect.objectContaining({ level: "warning", about: "configuration" }),
      expect.objectContaining({ level: "warning", about: "configuration" }),
      {
        event: "finding",
        level: "warning",
        about: "callers",
        text: "every process on this machine may call",
        remedy: "set CALLERS_FILE (docs/callers.md)",
      },
      { event: "end", ok: 1, warning: 3, failed: 0, fatal: 0 },
    ]);
  });

  test("doctor looks at what --only names, and says which names there are", async () => {
    const { lines } = await command("doctor --only tls", {});
    expect(lines).toEqual([expect.stringMatching(/^ok {7}tls /), "", "0 failed, 0 to look at, 1 in order"]);
    const unknown = await command("doctor --only postgres,mysql", {});
    expect(unknown).toMatchObject({ exitCode: 2, printed: "" });
    expect(unknown.noted).toContain(
      "--only must be of configuration, keys, postgres, redis, callers, tls, email, sms, with commas between them",
    );
  });

  test("doctor without stores says that they are embedded, also where they are asked for by name", async () => {
    const { printed } = await command("doctor --only postgres,redis", {});
    expect(printed).toMatch(/^ok {7}postgres {7}not used: DATABASE_URL and REDIS_URL are not set/);
    expect(printed).toMatch(/^ok {7}redis {10}not used/m);
  });

  test.each([
    ["a terminal", { TERM: "xterm-256color" }, true, true],
    ["a pipe", { TERM: "xterm-256color" }, false, false],
    ["a terminal where NO_COLOR is set", { TERM: "xterm-256color", NO_COLOR: "1" }, true, false],
    ["a terminal without colours", { TERM: "dumb" }, true, false],
  ])("doctor uses colours where it should: %s", async (_, shell, terminal, coloured) => {
    const { printed } = await command("doctor --only configuration", {}, { shell, terminal });
    expect(printed.startsWith("\u001b[32mok      \u001b[0m configuration ")).toBe(coloured);
    expect(printed.includes("\u001b[")).toBe(coloured);
  });
});

describe("config check", () => {
  test("config check names what is fatal as such, with what to do, and exits with 2", async () => {
    const { exitCode, lines } = await command("config check", {
      ...PRODUCTION,
      ...BY_CERTIFICATE,
      DEBUG: "true",
    });
    expect(exitCode).toBe(2);
    expect(lines).toEqual([
      "ok       configuration  sound, for production",
      "fatal    configuration  ENCRYPTION_KEY is not set (ENCRYPTION_KEY_MISSING)",
      "                        countersign keys generate --dir FOLDER, and set KEY_RING_DIR to it (docs/keys.md)",
      "fatal    configuration  DEBUG is on in production (DEBUG_IN_PRODUCTION)",
      "                        set DEBUG to false",
      "",
      "the service would not start: 2 fatal",
    ]);
  });

  test("config check names every problem so, in JSON too", async () => {
    const { exitCode, lines } = await command("config check --json", { PORT: "x", MFA_TOTP_DIGITS: "7" });
    expect(exitCode).toBe(2);
    expect(parsed(lines)).toEqual([
      expect.objectContaining({ level: "fatal", text: expect.stringContaining("mfa.totp_digits") as string }),
      expect.objectContaining({ level: "fatal", text: expect.stringContaining("PORT") as string }),
      { event: "end", ok: 0, warning: 0, failed: 0, fatal: 2 },
    ]);
  });

  test("config check asks for no key beside a sound folder of keys, nor for keys that nothing here uses", async () => {
    await using folder = await createKeyFolder("first");
    const env = { ...PRODUCTION, ...BY_CERTIFICATE, KEY_RING_DIR: folder.path };
    const { exitCode, printed, lines } = await command("config check", env);
    expect(printed).not.toMatch(/ENCRYPTION_KEY|SECRET_KEY|JWT_SECRET/);
    expect(lines).toEqual([
      "ok       configuration  sound, for production",
      "",
      "ok       keys           first is active, 0 other(s)",
      "",
      "the configuration is good",
    ]);
    expect(exitCode).toBe(0);
  });

  test("config check refuses a folder of keys that the service would not start on", async () => {
    const { exitCode, printed } = await command("config check", { KEY_RING_DIR: "/nowhere/keys" });
    expect(printed).toMatch(/^fatal {4}keys {11}the key folder cannot be read/m);
    expect(exitCode).toBe(2);
  });

  test("config check judges keys that are set, whoever uses them", async () => {
    const weak = { SECRET_KEY: "change-me", JWT_SECRET: "change-me-too" };
    const { printed } = await command("config check", { ...PRODUCTION, ...BY_CERTIFICATE, ...weak });
    for (const code of ["SECRET_KEY_WEAK", "JWT_SECRET_WEAK"])
      expect(printed).toMatch(new RegExp(`^fatal .*\\(${code}\\)\n {24}openssl rand -base64 48`, "m"));
  });

  test("config check warns of a method that the policy allows and nobody sends codes for", async () => {
    const env = { ENVIRONMENT: "test", MFA_ALLOWED_METHODS: "totp,sms" };
    const { exitCode, lines } = await command("config check", env);
    const at = lines.indexOf("warning  sms            the policy allows it, and no provider is configured");
    expect(lines[at + 1]).toBe(
      "                        configure a provider (docs/delivery.md), or take sms out of mfa.allowed_methods",
    );
    expect(exitCode).toBe(0);
    const served = await command("config check", { ...env, MFA_ALLOWED_METHODS: "totp" });
    expect(served.printed).not.toContain("no provider");
  });
});

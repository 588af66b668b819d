import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/config/forms/configuration-error.js";
import type { TlsConfig } from "../../src/config/listener/tls-config.js";
import { recordingLog } from "../net/support/recording-log.js";
import { createAuthority } from "../support/caller/certificate-authority.js";
import { startCommand } from "../support/command.js";
import { createScratchFolder } from "../support/scratch-folder.js";
import { startTestService } from "../support/service.js";

const SECRET = "kBv3l0yZ8mQw5tR7uXo1cA9dEfGhJ2nP";
const ENCRYPTION_KEY = randomBytes(32).toString("base64");
const FREE_PORTS = { PORT: "0", ADMIN_PORT: "0", DATA_DIR: "/nonexistent/never-made" };
const STORES = { DATABASE_URL: "postgres://127.0.0.1:1/none", REDIS_URL: "redis://127.0.0.1:1" };
const BEARER = { CALLER_JWT_ISSUER: "https://issuer.test", JWT_SECRET: SECRET };

/** Starts the service as a process, which must refuse, and answers what it says. */
async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  const command = startCommand(["serve"], { ...FREE_PORTS, ...STORES, ENCRYPTION_KEY, ...env });
  expect(await command.ended()).toBe(2);
  expect(command.stderr() + command.stdout()).not.toContain(SECRET);
  return command.stderr();
}

describe("the service does not start", () => {
  test.each(["production", "staging"])(
    "the service does not start in %s without callers",
    async (ENVIRONMENT) => {
      expect(await refusal({ ENVIRONMENT })).toContain(`CALLERS_FILE is required in ${ENVIRONMENT}`);
    },
  );

  test("the service does not start with a callers file that is not there, or is bad, and says all that is wrong with it", async () => {
    await using folder = await createScratchFolder();
    expect(await refusal({ ...BEARER, CALLERS_FILE: folder.at("none") })).toContain(
      "CALLERS_FILE names a file that cannot be read: ENOENT",
    );
    const callers = [
      { id: "A", permissions: [] },
      { id: "b", jwt_subjects: ["b"], permissions: [], limit: 1 },
    ];
    const said = await refusal({
      ...BEARER,
      CALLERS_FILE: await folder.put("callers", JSON.stringify({ callers })),
    });
    for (const problem of ["callers[0].id", "callers[0]: needs", `Unrecognized key: "limit"`])
      expect(said).toContain(problem);
  });

  test("the service does not start with certificates that cannot be read or do not fit together", async () => {
    await using folder = await createScratchFolder();
    const authority = createAuthority();
    const [one, two] = [authority.issue("DNS:one"), authority.issue("DNS:two", { expired: true })];
    const put = (name: string, content: string) => folder.put(name, content);
    const files = {
      certFile: await put("cert", one.cert),
      keyFile: await put("key", one.key),
      clientCa: undefined,
    };
    const garbage = await put("garbage", "garbage");
    const clientCa = {
      file: await put("ca", `${authority.cert}${authority.cert.replace("MII", "XII")}`),
      auth: "require",
    } as const;
    const [expired, otherKey] = [await put("expired", two.cert), await put("other-key", two.key)];
    const cases: readonly (readonly [Partial<TlsConfig>, string])[] = [
      [{ keyFile: folder.at("none") }, "TLS_KEY_FILE names a file that cannot be read: ENOENT"],
      [{ keyFile: otherKey }, "TLS: the key does not belong to the certificate"],
      [{ certFile: garbage }, "TLS: the certificate is not PEM of an X.509 certificate"],
      [{ keyFile: garbage }, "TLS: the key is not PEM of an unencrypted private key"],
      [{ certFile: expired, keyFile: otherKey }, "TLS: the certificate has expired"],
      [{ clientCa }, "TLS: the client authorities are not PEM of X.509 certificates"],
    ];
    for (const [changes, problem] of cases) {
      const config = { tls: { ...files, ...changes } };
      await expect(startTestService({ config })).rejects.toThrow(new ConfigurationError([problem]));
    }
  }, 120_000);
});

test("development without callers starts, says so, and lets this machine in", async () => {
  const log = recordingLog();
  await using service = await startTestService({ overrides: { log } });
  await expect(service.client.getMfaStatus({ userId: "a" })).resolves.toBeDefined();
  expect(log.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toContainEqual(
    expect.stringContaining("callers are not configured"),
  );
});

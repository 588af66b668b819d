import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { loadImportExportConfig } from "./import-export-config.js";

const noFile = (path: string): string => {
  throw new Error(`no file ${path}`);
};
const DATABASE_URL = "postgres://localhost/countersign";

function problemsOf(env: Readonly<Record<string, string>>): string {
  const loaded = loadImportExportConfig(env, noFile);
  return loaded.ok ? "" : loaded.problems.join("\n");
}

test("import and export take the database, the keys and the policy that the service has, and no Redis", () => {
  const loaded = loadImportExportConfig(
    { DATABASE_URL, KEY_RING_DIR: "/keys", MFA_ALLOWED_METHODS: "totp,sms", ENVIRONMENT: "production" },
    noFile,
  );
  expect(loaded).toMatchObject({
    ok: true,
    config: {
      database: { url: DATABASE_URL },
      keyRingDir: "/keys",
      security: { mfa: { allowedMethods: ["totp", "sms"] } },
    },
  });
});

test.each([
  [{}, "DATABASE_URL is required"],
  [{ DATABASE_URL: "mysql://localhost" }, "DATABASE_URL"],
  [{ DATABASE_URL, ENVIRONMENT: "production" }, "KEY_RING_DIR (or ENCRYPTION_KEY) is required in production"],
  [{ DATABASE_URL, MFA_ALLOWED_METHODS: "fax" }, "mfa.allowed_methods"],
  [{ DATABASE_URL, SECURITY_CONFIG_FILE: "/nowhere.yaml" }, "/nowhere.yaml"],
])("import and export refuse %j", (env, problem) => {
  expect(problemsOf(env)).toContain(problem);
});

test("the configuration of import and export reports every problem together, and no secret", () => {
  const encryptionKey = randomBytes(32).toString("base64");
  const env = { DATABASE_URL, ENCRYPTION_KEY: encryptionKey, KEY_RING_DIR: "/keys" };
  expect(problemsOf(env)).toBe("KEY_RING_DIR and ENCRYPTION_KEY are both set: keep one");
  const problems = problemsOf({ ENCRYPTION_KEY: encryptionKey, MFA_TOTP_DIGITS: "7" });
  for (const name of ["DATABASE_URL", "totp_digits"]) expect(problems).toContain(name);
  expect(problems).not.toContain(encryptionKey);
});

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";
import { importExportCommand, importText } from "./support/import-export-command.js";
import { freshSecret, jsonLines, keyUri } from "./support/users.js";

let service: TestService;
beforeAll(async () => {
  const mfa = { allowedMethods: ["totp", "sms"], disabledMethods: [] } as const;
  service = await startTestService({ config: { security: new ChangingSecurity({ mfa }) } });
});
afterAll(() => service[Symbol.asyncDispose]());

const counts = async () => {
  const [row] = await service.database.sql`
    select (select count(*)::int from mfa_settings) as settings, (select count(*)::int from mfa_factors) as factors,
      (select count(*)::int from mfa_recovery_codes) as codes, (select count(*)::int from mfa_audit_events) as events`;
  return { ...row };
};

test("each refused line is told by number, field and problem, and the others are in", async () => {
  const taken = await enrolTotp(service.client, service.clock, "taken");
  const uri = keyUri();
  const lines = [
    { user_id: "good-1", otpauth_uri: uri },
    { user_id: "a b", otpauth_uri: `${uri}&encoder=CANARY` },
    { user_id: "short", otpauth_uri: keyUri({ secret: "CANARYCANARYCANA" }) },
    { user_id: "landline", phone_number: "+390612345678" },
    { user_id: "premium", phone_number: "+19002345678" },
    { user_id: "no-number", phone_number: "CANARY" },
    { user_id: "not-allowed", email: "canary@example.com" },
    { user_id: "hashed", otpauth_uri: keyUri(), backup_codes: ["$2b$10$CANARY"] },
    { user_id: "future", otpauth_uri: keyUri(), last_accepted: Math.floor(service.clock.ms / 30_000) + 20 },
    { user_id: "nothing" },
    { user_id: "two-factors", otpauth_uri: keyUri(), phone_number: "+12025550123" },
    { user_id: taken.userId, otpauth_uri: keyUri() },
    { user_id: "good-2", phone_number: "+12025550124" },
  ];
  const text = `${jsonLines(lines)}{"user_id":"CANARY"\n\nCANARY\n${jsonLines([{ user_id: "good-3", phone_number: "+12025550125" }])}`;
  const { exitCode, printed, noted } = await importText(service, text);
  expect(printed.split("\n")).toEqual([
    "line 2: user_id must be 1 to 128 printable ASCII characters without blanks",
    "line 2: otpauth_uri has a parameter besides secret, issuer, algorithm, digits, period",
    "line 3: otpauth_uri has a secret that is shorter than 128 bits (RFC 4226 section 4)",
    "line 4: phone_number codes are not sent to numbers of this kind",
    "line 5: phone_number codes are not sent to numbers of this kind",
    "line 6: phone_number is malformed",
    "line 7: email the security policy does not allow this method",
    "line 8: backup_codes must be codes in the clear, of 12 hexadecimal digits each (XXXX-XXXX-XXXX): no other form, and no hashes",
    "line 9: last_accepted lies in the future",
    "line 10: factor must be one of otpauth_uri, phone_number and email, not none",
    "line 11: factor must be one of otpauth_uri, phone_number and email, not several",
    "line 12: user_id has another active factor here: reset it first",
    "line 14: line is not JSON",
    "line 16: line is not JSON",
    "3 users imported, 0 were there as given, 13 lines refused",
  ]);
  expect(exitCode).toBe(1);
  expect(`${printed}${noted}`).not.toMatch(/canary|[A-Z2-7]{16}|\+1202|a b/i);
  for (const userId of ["good-1", "good-2", "good-3"])
    expect(await service.client.getMfaStatus({ userId })).toMatchObject({ enabled: true });

  const code = taken.authenticator.code(service.clock.ms);
  expect((await service.client.verifyCode({ userId: taken.userId, code })).outcome.case).toBe("approved");
});

test("a method that operators have switched off is not imported", async () => {
  const mfa = { allowedMethods: ["totp", "sms"], disabledMethods: ["sms"] } as const;
  const security = new ChangingSecurity({ mfa });
  const off = { ...service, config: { ...service.config, security } };
  const text = jsonLines([{ user_id: "off", phone_number: "+12025550126" }]);
  expect((await importText(off, text)).printed).toContain(
    "line 1: phone_number this method is temporarily disabled",
  );
});

test("a dry run tells the same and changes nothing, the audit log included", async () => {
  const lines = [
    { user_id: "dry-1", otpauth_uri: keyUri(), backup_codes: ["ab12-cd34-ef56"] },
    { user_id: "dry-2", otpauth_uri: keyUri({ digits: 7 }) },
  ];
  const before = await counts();
  const dry = await importText(service, jsonLines(lines), "--dry-run", "--json");
  expect(await counts()).toEqual(before);
  const events = dry.printed.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.filter(({ event }) => event !== "progress")).toMatchObject([
    { event: "refused", line: 2, field: "otpauth_uri", problem: "has digits other than 6 and 8" },
    { event: "end", dryRun: true, lines: 2, imported: 1, there: 0, refused: 1 },
  ]);
  expect(dry.exitCode).toBe(1);
  expect((await importText(service, jsonLines(lines), "--dry-run")).printed).toContain(
    "1 users would be imported",
  );
});

describe("nothing is read, and nothing changed, where", () => {
  const good = ["-", "--format", "csv", "--reason", "ticket 4711"];
  test.each<[string, readonly string[], string, number]>([
    ["no file is named", ["--reason", "x", "--format", "csv"], "exactly one file is needed", 2],
    ["two are", [...good, "b.csv"], "exactly one file is needed", 2],
    ["no reason is given", ["-", "--format", "csv"], "--reason is needed", 2],
    ["the reason has lines", ["-", "--format", "csv", "--reason", "a\nb"], "--reason must be", 2],
    ["nobody says which format", ["-", "--reason", "x"], "--format is needed", 2],
    ["the format is another", ["-", "--reason", "x", "--format", "xml"], "--format is needed", 2],
    ["the batch is none", [...good, "--batch-size", "0"], "--batch-size must be", 2],
    ["the batch is endless", [...good, "--batch-size", "501"], "--batch-size must be", 2],
    ["an option is not known", [...good, "--force"], "--force", 2],
    ["the file is not there", ["/nowhere/users.csv", "--reason", "x"], "ENOENT", 1],
    ["an identity is given for an open file", [...good, "--identity", "key.txt"], "is not sealed by age", 1],
  ])("nothing is read, and nothing changed, where: %s", async (_, args, problem, code) => {
    const before = await counts();
    const text = `user_id,otpauth_uri\nx-${freshSecret(8)},${keyUri()}\n`;
    const { exitCode, noted, printed } = await importExportCommand(service, "import", args, text);
    expect({ exitCode, printed }).toEqual({ exitCode: code, printed: "" });
    expect(noted).toContain(problem);
    expect(await counts()).toEqual(before);
  });

  test.each([
    ["the header has another column", `user_id,secret\na,${freshSecret()}\n`, "column 2 is not known"],
    ["there is no header", `alice,${keyUri()}\n`, "column 1, 2 is not known"],
    ["the file is empty", "", "the file is empty"],
  ])("nothing is read, and nothing changed, where: %s", async (_, text, problem) => {
    const before = await counts();
    const { exitCode, noted } = await importExportCommand(service, "import", good, text);
    expect(exitCode).toBe(1);
    expect(await counts()).toEqual(before);
    expect(noted).toContain(problem);
    expect(noted).not.toMatch(/[A-Z2-7]{16}|alice/);
  });
});

test("an input that is held open is let go with the run", async () => {
  let closed = false;
  async function* heldOpen() {
    try {
      yield Buffer.from(`user_id,secret\na,${freshSecret()}\n`);
      await new Promise(() => undefined);
    } finally {
      closed = true;
    }
  }
  const args = ["-", "--format", "csv", "--reason", "x"];
  expect((await importExportCommand(service, "import", args, heldOpen())).exitCode).toBe(1);
  expect(closed).toBe(true);
});

test("where the keys are not the service's, nothing is imported: the service could not open it", async () => {
  const encryptionKey = randomBytes(32).toString("base64");
  const other = { ...service, config: { ...service.config, encryptionKey } };
  const { exitCode, noted } = await importText(
    other,
    jsonLines([{ user_id: "other-keys", otpauth_uri: keyUri() }]),
  );
  expect(exitCode).toBe(1);
  expect(noted).toContain("which is not among these");
  expect(await service.client.getMfaStatus({ userId: "other-keys" })).toMatchObject({ enabled: false });
});

import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect, test } from "vitest";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

const ROUNDS = 12;
const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: 1_000 };

async function liveCodes({ database }: TestService, { userId }: Enrolled): Promise<number> {
  const [row] = await database.sql`
    select count(*)::int as live from mfa_recovery_codes join mfa_settings using (user_id)
    where user_id = ${userId} and generation = backup_generation and used_at is null`;
  return Number(row?.live);
}

test("old backup codes race their renewal: none is accepted once the new ones are known, and those are ten", async () => {
  await using service = await startTestService({ replicas: 2, overrides: { policy: () => policy } });
  const { clock, replicas } = service;
  const user = await enrolTotp(service.client, clock);
  const { userId, authenticator } = user;
  let codes: readonly string[] = user.backupCodes;
  for (let round = 0; round < ROUNDS; round += 1) {
    let renewed = Number.POSITIVE_INFINITY;
    const logins = codes.map(async (code, index) => {
      const { client } = replicas[index % 2]!;
      // Some before the renewal, some amidst it, some after.
      await new Promise((resolve) => setTimeout(resolve, index * 4));
      const begun = performance.now();
      const { outcome } = await client.verifyCode({ userId, code });
      return { begun, approved: outcome.case === "approved" };
    });
    const { outcome } = await service.client.regenerateBackupCodes({
      userId,
      code: authenticator.code(clock.ms),
    });
    renewed = performance.now();
    if (outcome.case !== "backupCodes") throw new Error("no new backup codes");
    for (const { begun, approved } of await Promise.all(logins))
      if (begun > renewed) expect(approved).toBe(false);
    for (const code of codes)
      expect((await service.client.verifyCode({ userId, code })).outcome.case).toBe("rejected");
    expect(await liveCodes(service, user)).toBe(10);
    codes = outcome.value.codes;
    clock.advance(30);
  }
  const [last] = codes;
  expect((await service.client.verifyCode({ userId, code: last! })).outcome.case).toBe("approved");
}, 120_000);

test("two concurrent renewals leave one set, that of the one whose code was accepted", async () => {
  await using service = await startTestService({ replicas: 2, overrides: { policy: () => policy } });
  const { clock, replicas } = service;
  const user = await enrolTotp(service.client, clock);
  const request = { userId: user.userId, code: user.authenticator.code(clock.ms) };
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, copy) => replicas[copy % 2]!.client.regenerateBackupCodes(request)),
  );
  const sets = answers.flatMap(({ outcome }) =>
    outcome.case === "backupCodes" ? [outcome.value.codes] : [],
  );
  expect(sets).toHaveLength(1);
  expect(await liveCodes(service, user)).toBe(10);
});

test("a renewal that fails leaves the old codes as they were", async () => {
  await using service = await startTestService({ overrides: { policy: () => policy } });
  const { client, clock, database } = service;
  const user = await enrolTotp(client, clock);
  const { userId, authenticator, backupCodes } = user;
  await database.sql`alter table mfa_recovery_codes add constraint full_up check (generation < 2) not valid`;
  const renewal = { userId, code: authenticator.code(clock.ms) };
  await expect(client.regenerateBackupCodes(renewal)).rejects.toThrow();
  expect(await liveCodes(service, user)).toBe(10);
  await database.sql`alter table mfa_recovery_codes drop constraint full_up`;
  // Neither was the code spent that should have renewed them.
  expect((await client.verifyCode(renewal)).outcome.case).toBe("approved");
  expect((await client.verifyCode({ userId, code: backupCodes[0]! })).outcome.case).toBe("approved");
});

test("no RPC but these two renews or shows backup codes", () => {
  const showing = MfaService.methods.filter(({ output }) =>
    JSON.stringify(fieldNames(output)).includes("codes"),
  );
  expect(showing.map(({ name }) => name).sort()).toEqual(["RegenerateBackupCodes", "SetupMfa"]);
});

/** Names of the fields of a message and of those inside it, `codes` among them where codes can stand. */
function fieldNames(message: (typeof MfaService.methods)[number]["output"]): unknown {
  return message.fields
    .filter(({ name }) => !name.endsWith("_remaining"))
    .map(({ name, message: inner }) => [name, inner === undefined ? [] : fieldNames(inner)]);
}

import { setTimeout } from "node:timers/promises";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { expect, test } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import { reasonOf } from "../support/client/errors.js";
import { beginTotp, type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

async function reload(service: TestService): Promise<void> {
  await Promise.all(service.replicas.map(({ server }) => server.reload()));
}

test("a method taken away is refused on every RPC immediately, and works again once it is back", async () => {
  const security = new ChangingSecurity();
  await using service = await startTestService({
    config: { security },
    overrides: { lockoutScheduleMs: [1] }, // a refused guess is charged too
  });
  const { client, clock } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  const pending = await beginTotp(client);

  security.change({ mfa: { allowedMethods: ["email"] } });
  await reload(service);
  const refused = reasonOf("METHOD_NOT_ALLOWED");
  const code = authenticator.code(clock.ms);
  await expect(client.setupMfa({ userId: "new", method: Method.TOTP })).rejects.toSatisfy(refused);
  await expect(
    client.verifySetup({ userId: pending.userId, code: pending.authenticator.code(clock.ms) }),
  ).rejects.toSatisfy(refused);
  await expect(client.verifyCode({ userId, code })).rejects.toSatisfy(refused);
  await expect(client.disableMfa({ userId, code })).rejects.toSatisfy(refused);
  await expect(client.regenerateBackupCodes({ userId, code })).rejects.toSatisfy(refused);
  expect((await client.verifyCode({ userId, code: backupCodes[0]! })).outcome.case).toBe("approved");

  security.change({});
  await reload(service);
  expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");
});

test("each setting of the mfa group changes what is answered", async () => {
  const security = new ChangingSecurity();
  await using service = await startTestService({ config: { security } });
  const { client, clock } = service;
  const before = await beginTotp(client);
  expect(before.backupCodes).toHaveLength(10);
  expect(await client.isMfaRequired({ userId: "nobody" })).toMatchObject({ required: false });
  expect(await client.isMfaRequired({ userId: "root", isAdmin: true })).toMatchObject({ required: true });

  security.change({
    mfa: {
      required: true,
      backupCodesCount: 4,
      totpIssuer: "Acme",
      totpAlgorithm: "SHA512",
      totpDigits: 8,
      totpPeriod: 60,
      maxVerificationAttempts: 2,
      verificationWindow: 0,
    },
  });
  await reload(service);
  const setup = await client.setupMfa({ userId: "anna", method: Method.TOTP });
  expect(setup.backupCodes).toHaveLength(4);
  expect(setup.enrolment.value).toHaveProperty(
    "uri",
    expect.stringMatching(/Acme.*SHA512.*digits=8.*period=60/),
  );
  expect(await client.isMfaRequired({ userId: "nobody" })).toMatchObject({ required: true });
  const wrong = () => client.verifySetup({ userId: "anna", code: "00000000" });
  expect((await wrong()).outcome.value).toHaveProperty("remainingAttempts", 1);
  const { userId, authenticator } = await enrolTotp(client, clock);
  clock.advance(60);
  const stale = await client.verifyCode({ userId, code: authenticator.code(clock.ms - 60_000) });
  expect(stale.outcome.case).toBe("rejected");

  security.change({ mfa: { requiredForAdmins: false } });
  await reload(service);
  expect(await client.isMfaRequired({ userId: "root", isAdmin: true })).toMatchObject({ required: false });
});

test("a bad policy keeps the old one, is logged with every problem, counted and audited", async () => {
  const security = new ChangingSecurity({ mfa: { required: true } });
  const log = recordingLog();
  const reloads: string[] = [];
  await using service = await startTestService({
    config: { security },
    overrides: { log, onReload: (source, outcome) => reloads.push(`${source} ${outcome}`) },
  });
  security.spoil("first problem", "second problem");
  await reload(service);
  await reload(service);
  expect(await service.client.isMfaRequired({ userId: "nobody" })).toMatchObject({ required: true });
  const told = JSON.stringify(log.lines);
  expect(told).toContain("first problem");
  expect(told).toContain("second problem");

  security.change({ mfa: { required: false } });
  await reload(service);
  expect(reloads).toEqual(["policy refused", "policy applied"]);
  await expect
    .poll(
      () =>
        service.database
          .sql`select outcome, caller, details from mfa_audit_events where action = 'policy_reload' order by outcome`,
    )
    .toEqual([
      { outcome: "refused", caller: "countersign", details: { problems: "2" } },
      { outcome: "succeeded", caller: "countersign", details: { changed: "mfa.required" } },
    ]);
});

test("reloads under load fail no call", async () => {
  const security = new ChangingSecurity();
  await using service = await startTestService({ replicas: 2, config: { security } });
  const { client, clock } = service;
  const users: Enrolled[] = [];
  for (let user = 0; user < 4; user += 1) users.push(await enrolTotp(client, clock));
  const load = new AbortController();
  const reloading = (async () => {
    for (let round = 0; !load.signal.aborted; round += 1) {
      security.change({ mfa: { totpIssuer: `Acme ${round}`, required: round % 2 === 0 } });
      await reload(service);
      await setTimeout(1);
    }
  })();
  const outcomes = await Promise.all(
    users.map(async ({ userId, backupCodes }, index) => {
      const { client: mine } = service.replicas[index % 2]!;
      const seen: unknown[] = [];
      for (const code of backupCodes) {
        await mine.isMfaRequired({ userId });
        seen.push((await mine.verifyCode({ userId, code })).outcome.case);
      }
      return seen;
    }),
  );
  load.abort();
  await reloading;
  expect(new Set(outcomes.flat())).toEqual(new Set(["approved"]));
});

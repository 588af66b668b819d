import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { describe, expect, test } from "vitest";
import { NOTICE_KINDS } from "../../src/domain/delivery/notice.js";
import type { FactorMethod } from "../../src/domain/factor/method.js";
import { adminClient } from "../support/client/admin-client.js";
import { fieldsAtFault, reasonOf } from "../support/client/errors.js";
import { authenticatorFor } from "../support/enrolment/authenticator.js";
import { Mailbox } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { NO_NOTICES, startTestService, type TestService } from "../support/service.js";
import { until } from "../support/until.js";

const EMAIL = "ada@example.com";

async function start(policy: Partial<typeof DEFAULT_MFA_POLICY> = {}) {
  const mailbox = new Mailbox();
  const service = await startTestService({
    overrides: { senders: mailbox, policy: () => ({ ...DEFAULT_MFA_POLICY, ...policy }) },
    config: { notices: { ...NO_NOTICES, kinds: new Set(NOTICE_KINDS) } },
  });
  return { service, mailbox, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

/** Enrols an authenticator app with an address for notices; answers what the user keeps. */
async function enrol({ client, clock }: TestService, email = EMAIL) {
  const setup = await client.setupMfa({ userId: "ada", method: Method.TOTP, email });
  if (setup.enrolment.case !== "totp") throw new Error("no TOTP enrolment");
  const authenticator = authenticatorFor(setup.enrolment.value.uri);
  const { outcome } = await client.verifySetup({ userId: "ada", code: authenticator.code(clock.ms) });
  expect(outcome.case).toBe("enabled");
  clock.advance(30);
  return { authenticator, backupCodes: setup.backupCodes, uri: setup.enrolment.value.uri };
}

const noticed = (mailbox: Mailbox, count: number) =>
  until(
    () => mailbox.list().length >= count,
    () => mailbox.list(),
  );

describe("the e-mail address of a TOTP enrolment", () => {
  test("the e-mail address of a TOTP enrolment receives the security notices of its user", async () => {
    await using subject = await start();
    const { service, mailbox } = subject;
    const { backupCodes } = await enrol(service, "ada@EXAMPLE.com");
    await service.client.verifyCode({ userId: "ada", code: backupCodes[0]! });
    await adminClient(service).resetMfa({ userId: "ada", reason: "lost the phone" });
    await noticed(mailbox, 3);
    expect(mailbox.list().map(({ to }) => to)).toEqual([EMAIL, EMAIL, EMAIL]);
    const rows = await service.database.sql`
      select method, details->>'notice' as notice, details->>'result' as result from mfa_audit_events
      where action = 'send_notice' order by occurred_at, id`;
    expect([...rows].sort((a, b) => (String(a.notice) < String(b.notice) ? -1 : 1))).toEqual([
      { method: "email", notice: "backup_code_used", result: "sent" },
      { method: "email", notice: "enabled", result: "sent" },
      { method: "email", notice: "reset", result: "sent" },
    ]);
  });

  test("the e-mail address of a TOTP enrolment is told although the policy allows no codes by e-mail, unless e-mail is switched off", async () => {
    for (const disabledMethods of [new Set<FactorMethod>(), new Set<FactorMethod>(["email"])]) {
      await using subject = await start({ allowedMethods: new Set(["totp"]), disabledMethods });
      await enrol(subject.service);
      await expect
        .poll(() => subject.service.database.sql`select 1 from mfa_audit_events where action = 'send_notice'`)
        .toHaveLength(1);
      expect(subject.mailbox.list()).toHaveLength(disabledMethods.size === 0 ? 1 : 0);
    }
  });

  test("the e-mail address of a TOTP enrolment never receives a code", async () => {
    await using subject = await start();
    const { service, mailbox } = subject;
    await enrol(service);
    await noticed(mailbox, 1);
    for (const method of [Method.UNSPECIFIED, Method.EMAIL]) {
      const reason = method === Method.EMAIL ? "METHOD_NOT_ALLOWED" : "METHOD_HAS_NO_CODE_TO_SEND";
      const sending = service.client.sendVerificationCode({ userId: "ada", method });
      await expect(sending).rejects.toSatisfy(reasonOf(reason));
    }
    expect(mailbox.list()).toHaveLength(1);
    const status = await service.client.getMfaStatus({ userId: "ada" });
    expect(status.maskedDestination).toBe("");
  });

  test("the e-mail address of a TOTP enrolment names the account where no other name is given", async () => {
    await using subject = await start();
    const { client } = subject.service;
    const nameOf = async (request: { readonly email?: string; readonly accountName?: string }) => {
      const { enrolment } = await client.setupMfa({ userId: "ada", method: Method.TOTP, ...request });
      if (enrolment.case !== "totp") throw new Error("no TOTP enrolment");
      return decodeURIComponent(new URL(enrolment.value.uri).pathname).split(":").at(-1);
    };
    expect(await nameOf({ email: EMAIL })).toBe(EMAIL);
    expect(await nameOf({ email: EMAIL, accountName: "Ada at work" })).toBe("Ada at work");
    expect(await nameOf({})).toBe("ada");
  });

  test("the e-mail address of a TOTP enrolment is stored sealed for its factor, and is erased with it", async () => {
    await using subject = await start();
    const { service } = subject;
    const { authenticator } = await enrol(service);
    const stored = async () => {
      const [row] = await service.database.sql`select email_encrypted as sealed from mfa_factors`;
      return row?.sealed as Buffer | undefined;
    };
    const sealed = await stored();
    expect(sealed?.length).toBeGreaterThan(40);
    expect(sealed?.includes("example")).toBe(false);
    await service.client.disableMfa({ userId: "ada", code: authenticator.code(service.clock.ms) });
    expect(await stored()).toBeUndefined();
  });

  test("malformed, it is refused by name and nothing is begun", async () => {
    await using subject = await start();
    const { client, database } = subject.service;
    const error: unknown = await client
      .setupMfa({ userId: "ada", method: Method.TOTP, email: "ada@" })
      .catch((thrown: unknown) => thrown);
    expect(error).toSatisfy(reasonOf("INVALID_FIELD"));
    expect(fieldsAtFault(error)).toEqual(["email"]);
    expect(await database.sql`select 1 from mfa_settings`).toHaveLength(0);
  });
});

import { createClient } from "@connectrpc/connect";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import {
  bearing,
  type ListedService,
  startWithCallers,
  transportOf,
} from "../support/caller/listed-callers.js";
import type { AdminClient } from "../support/client/admin-client.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";

const reason = "ticket 4711";
const permissions = ["support", "erasure", "auditor"];
const { key, bearer } = sharedSecret();
let listed: ListedService;
beforeAll(async () => {
  listed = await startWithCallers({
    callers: [
      { id: "desk", jwt_subjects: ["desk"], permissions: [...permissions, "status"] },
      { id: "no-status", jwt_subjects: ["no-status"], permissions },
      {
        id: "uniform",
        jwt_subjects: ["uniform"],
        permissions: [...permissions, "status"],
        uniform_answers: true,
      },
      { id: "login", jwt_subjects: ["login"], permissions: ["verify", "enrol", "status"] },
    ],
    bearer: () => bearer,
  });
});
afterAll(() => listed[Symbol.asyncDispose]());

const tokenOf = (sub: string) => token(key, listed.service.clock, { sub });

async function adminAs(sub: string): Promise<AdminClient> {
  const headers = { authorization: `Bearer ${await tokenOf(sub)}` };
  return createClient(MfaAdminService, transportOf(listed.service, { headers }));
}

async function enrolled(): Promise<string> {
  const client = bearing(listed.service, await tokenOf("login"));
  return (await enrolTotp(client, listed.service.clock)).userId;
}

type Answer = Promise<{ readonly userUnknown: boolean }>;
const rpcs: Record<string, (admin: AdminClient, userId: string) => Answer> = {
  ResetMfa: (admin, userId) => admin.resetMfa({ userId, reason }),
  UnlockUser: (admin, userId) => admin.unlockUser({ userId, reason }),
  EraseUser: (admin, userId) => admin.eraseUser({ userId, reason }),
  ListAuditEvents: (admin, userId) => admin.listAuditEvents({ userId }),
};

describe.each(Object.entries(rpcs))("%s", (rpc, call) => {
  test("an act of support says that a mistyped user is unknown, however often it is asked, and that others are not", async () => {
    const desk = await adminAs("desk");
    for (let again = 0; again < 2; again += 1)
      expect(await call(desk, `mistyped-${rpc}`)).toMatchObject({ userUnknown: true });
    // What a login page asks about somebody shows no enrolment either.
    const login = bearing(listed.service, await tokenOf("login"));
    await login.isMfaRequired({ userId: `mistyped-${rpc}` });
    await login.verifyCode({ userId: `mistyped-${rpc}`, code: "123456" }).catch(() => undefined);
    expect(await call(desk, `mistyped-${rpc}`)).toMatchObject({ userUnknown: true });

    const userId = await enrolled();
    for (let again = 0; again < 2; again += 1)
      expect(await call(desk, userId)).toMatchObject({ userUnknown: false });
  });

  test("still knows a user who was reset, and one who was erased", async () => {
    const desk = await adminAs("desk");
    const [reset, erased] = [await enrolled(), await enrolled()];
    await desk.resetMfa({ userId: reset, reason });
    await desk.eraseUser({ userId: erased, reason });
    for (const userId of [reset, erased])
      expect(await call(desk, userId)).toMatchObject({ userUnknown: false });
  });

  test.each(["no-status", "uniform"])(
    "an act of support answers the caller %s alike for every user",
    async (sub) => {
      const admin = await adminAs(sub);
      for (const userId of [`mistyped-${rpc}-${sub}`, await enrolled()])
        expect(await call(admin, userId)).toMatchObject({ userUnknown: false });
    },
  );
});

test("EraseUser knows a user whose enrolment the log no longer has, the first time", async () => {
  const desk = await adminAs("desk");
  const userId = await enrolled();
  await listed.service.database.sql`
    delete from mfa_audit_events where user_ref in (select user_ref from mfa_audit_subjects where user_id = ${userId})`;
  expect(await desk.eraseUser({ userId, reason })).toMatchObject({ userUnknown: false });
  expect(await desk.eraseUser({ userId, reason })).toMatchObject({ userUnknown: true });
});

test("ListAuditEvents without a user names none unknown", async () => {
  const desk = await adminAs("desk");
  expect(await desk.listAuditEvents({ userRef: "nobody" })).toMatchObject({ events: [], userUnknown: false });
});

import { AuditOutcome } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyUri } from "../import-export/support/users.js";
import { type AdminClient, adminClient } from "../support/client/admin-client.js";
import { fieldsAtFault, reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService, type TestService } from "../support/service.js";

interface Request {
  readonly userId: string;
  readonly reason: string;
  readonly actor?: string;
}

const reason = "ticket 4711";
let service: TestService;
let admin: AdminClient;
beforeAll(async () => {
  service = await startTestService();
  admin = adminClient(service);
});
afterAll(() => service[Symbol.asyncDispose]());

const acts: Record<string, (request: Request) => Promise<unknown>> = {
  reset_mfa: (request) => admin.resetMfa(request),
  unlock_user: (request) => admin.unlockUser(request),
  erase_user: (request) => admin.eraseUser(request),
  import_user: (request) => {
    const factor = { case: "otpauthUri", value: keyUri() } as const;
    return admin.importUser({ ...request, factor });
  },
};

describe.each(Object.entries(acts))("the actor of %s", (action, act) => {
  const entriesOf = async (userId: string) => (await admin.listAuditEvents({ userId, action })).events;

  test("an actor is listed with its audit entry, beside the reason", async () => {
    const userId = `${action}-named`;
    await act({ userId, reason, actor: "jdoe (help desk, Zürich)" });
    expect(await entriesOf(userId)).toMatchObject([
      { actor: "jdoe (help desk, Zürich)", caller: "development", details: { reason } },
    ]);
    expect(Object.keys((await entriesOf(userId))[0]!.details)).toEqual(["reason"]);
  });

  test("an actor may be left out", async () => {
    const userId = `${action}-unnamed`;
    await act({ userId, reason });
    expect(await entriesOf(userId)).toMatchObject([{ actor: "", details: { reason } }]);
  });

  test("an actor is refused by its name if it is no line of 1 to 256 characters", async () => {
    const userId = `${action}-refused`;
    for (const actor of ["  ", "a\nb", "\u001b[2J", "\u202e", "x".repeat(257)]) {
      const refused = await act({ userId, reason, actor }).catch((error: unknown) => error);
      expect(fieldsAtFault(refused)).toEqual(["actor"]);
    }
    service.clock.advance(1);
    await act({ userId, reason: "\u{1F511}".repeat(500), actor: "\u{1F511}".repeat(256) });
    expect(
      (await entriesOf(userId)).map(({ outcome, actor }) => [outcome, Array.from(actor).length]),
    ).toEqual([[AuditOutcome.SUCCEEDED, 256], ...Array.from({ length: 5 }, () => [AuditOutcome.REFUSED, 0])]);
  });
});

test("the actor of a refused act is listed too", async () => {
  const { userId } = await enrolTotp(service.client, service.clock);
  const request = { userId, reason, actor: "jdoe" };
  await expect(acts.import_user!(request)).rejects.toSatisfy(reasonOf("MFA_ALREADY_ENABLED"));
  await expect(acts.reset_mfa!({ ...request, reason: "" })).rejects.toSatisfy(reasonOf("INVALID_FIELD"));
  const { events } = await admin.listAuditEvents({ userId, outcome: AuditOutcome.REFUSED });
  expect(events.map(({ action, actor }) => `${action} by ${actor}`).sort()).toEqual([
    "import_user by jdoe",
    "reset_mfa by jdoe",
  ]);
});

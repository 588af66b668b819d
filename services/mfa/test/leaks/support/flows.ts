import type { Client } from "@connectrpc/connect";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import type { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import type {
  MfaService,
  SetupMfaResponse,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { expect } from "vitest";
import { keyUri } from "../../import-export/support/users.js";
import { type Authenticator, authenticatorFor, wrongCode } from "../../support/enrolment/authenticator.js";
import { type Mailbox, otherThan } from "../../support/enrolment/mailbox.js";
import type { TestService } from "../../support/service.js";
import { backupCode, emailAddress, phoneNumber, sentCode, totpSecret } from "./canary.js";
import type { Evidence } from "./evidence.js";

export interface World {
  readonly client: Client<typeof MfaService>;
  readonly admin: Client<typeof MfaAdminService>;
  readonly policy: Client<typeof SecurityPolicyService>;
  readonly service: TestService;
  readonly mailbox: Mailbox;
  readonly evidence: Evidence;
}

const EMAIL = "canary.wren.7f3a@leaks-nowhere.example.com";
const PHONE = "+12025550147";
const NEVER_A_BACKUP_CODE = "0000-0000-0000";

/** Main ways through the service, each on a user of its own. A new method is one more line. */
export const FLOWS: readonly { readonly name: string; readonly run: (world: World) => Promise<void> }[] = [
  { name: "an authenticator app", run: totp },
  { name: "e-mail", run: (world) => sent(world, { userId: "eve", method: Method.EMAIL, email: EMAIL }) },
  { name: "SMS", run: (world) => sent(world, { userId: "sid", method: Method.SMS, phoneNumber: PHONE }) },
  { name: "operators and auditors", run: operators },
  { name: "users of another system", run: importing },
  {
    name: "services that ask for the policy",
    run: readPolicy,
  },
  { name: "bad input", run: badInput },
  { name: "a database that fails", run: brokenDatabase },
];

async function totp(world: World): Promise<void> {
  const { client, service } = world;
  const userId = "tom";
  const { authenticator, backupCodes } = await setUpTotp(world, userId);
  const now = () => authenticator.code(service.clock.ms);
  const wrong = () => wrongCode(authenticator, service.clock.ms);

  await client.verifySetup({ userId, code: wrong() });
  expect((await client.verifySetup({ userId, code: now() })).outcome.case).toBe("enabled");
  await refused(client.setupMfa({ userId, method: Method.TOTP }));
  service.clock.advance(30);
  await client.verifyCode({ userId, code: wrong() });
  const code = now();
  await twice(() => client.verifyCode({ userId, code, requestId: "login-1" }));
  await client.verifyCode({ userId, code });
  await useBackupCodes(world, userId, backupCodes);
  service.clock.advance(30);
  await replaceBackupCodes(world, { userId, code: now() });
  await client.getMfaStatus({ userId });
  service.clock.advance(30);
  expect((await client.disableMfa({ userId, code: now() })).outcome.case).toBe("disabled");
  await refused(client.verifyCode({ userId, code: now() }));
}

interface SentEnrolment {
  readonly userId: string;
  readonly method: Method;
  readonly email?: string;
  readonly phoneNumber?: string;
}

async function sent(world: World, enrolment: SentEnrolment): Promise<void> {
  const { client, mailbox, evidence } = world;
  const { userId, email, phoneNumber: phone } = enrolment;
  const to = email ?? phone ?? "";
  evidence.canaries.push(email === undefined ? phoneNumber(to) : emailAddress(to));
  const received = () => {
    const code = mailbox.code(to);
    evidence.canaries.push(sentCode(code));
    return code;
  };
  let sends = 0;
  const send = async () => {
    sends += 1;
    await twice(() => client.sendVerificationCode({ userId, requestId: `send-${userId}-${sends}` }));
    return received();
  };

  const backupCodes = remember(world, await client.setupMfa(enrolment));
  const first = received();
  await client.verifySetup({ userId, code: otherThan(first) });
  await client.verifySetup({ userId, code: await send() });
  const code = await send();
  await client.verifyCode({ userId, code: otherThan(code) });
  expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");
  await client.verifyCode({ userId, code });
  await useBackupCodes(world, userId, backupCodes);
  await replaceBackupCodes(world, { userId, code: await send() });
  await client.getMfaStatus({ userId });
  expect((await client.disableMfa({ userId, code: await send() })).outcome.case).toBe("disabled");
  await refused(client.verifyCode({ userId, code }));
}

/** Codes of a user whom support helps, in every state that it finds. */
async function operators(world: World): Promise<void> {
  const { client, admin, evidence, mailbox } = world;
  const [userId, reason] = ["olga", "ticket 4711"];
  await setUpTotp(world, userId);
  await admin.unlockUser({ userId, reason });
  await admin.resetMfa({ userId, reason });
  evidence.canaries.push(emailAddress(EMAIL));
  remember(world, await client.setupMfa({ userId, method: Method.EMAIL, email: EMAIL }));
  const code = mailbox.code(EMAIL);
  evidence.canaries.push(sentCode(code));
  await client.verifySetup({ userId, code });
  await client.isMfaRequired({ userId, isAdmin: true });
  await admin.listAuditEvents({ userId, pageSize: 2 });
  await refused(admin.resetMfa({ userId: EMAIL.repeat(9), reason }));
  await admin.eraseUser({ userId, reason });
  await admin.listAuditEvents({});
  await admin.listUsersByState({});
}

/** Secrets that are brought, taken and refused. */
async function importing(world: World): Promise<void> {
  const { client, admin, evidence, service, mailbox } = world;
  const reason = "ticket 4711";
  const uri = keyUri();
  const code = "5EC3-E7C0-DE01";
  evidence.canaries.push(totpSecret(new URL(uri).searchParams.get("secret") ?? ""), backupCode(code));
  evidence.canaries.push(emailAddress(EMAIL), phoneNumber(PHONE));
  const byUri = { case: "otpauthUri", value: uri } as const;
  await admin.importUser({ userId: "ida", factor: byUri, backupCodes: [code], reason });
  await admin.importUser({ userId: "ian", factor: { case: "email", value: EMAIL }, reason });
  await admin.importUser({ userId: "isa", factor: { case: "phoneNumber", value: PHONE }, reason });
  await client.sendVerificationCode({ userId: "isa" });
  evidence.canaries.push(sentCode(mailbox.code(PHONE)));
  await refused(admin.importUser({ userId: "ida", factor: byUri, backupCodes: [code], reason }));
  await refused(admin.importUser({ userId: uri.repeat(2), factor: byUri, reason }));
  const spoilt = { case: "otpauthUri", value: `${uri}&algorithm=${EMAIL}` } as const;
  await refused(admin.importUser({ userId: "ivy", factor: spoilt, backupCodes: [EMAIL], reason }));
  await refused(admin.importUser({ userId: "ivy", factor: { case: "email", value: `${EMAIL} ` }, reason }));
  const { sql } = service.database;
  await sql`alter table mfa_recovery_codes rename to away`;
  await refused(admin.importUser({ userId: "ivy", factor: byUri, backupCodes: [code], reason }));
  await sql`alter table away rename to mfa_recovery_codes`;
  service.clock.advance(60);
  const next = authenticatorFor(uri).code(service.clock.ms);
  expect((await client.verifyCode({ userId: "ida", code: next })).outcome.case).toBe("approved");
}

async function readPolicy({ policy }: World): Promise<void> {
  await policy.getSecurityPolicy({});
}

async function badInput(world: World): Promise<void> {
  const { client, service, evidence } = world;
  const userId = "bob";
  await refused(client.setupMfa({ userId, method: Method.EMAIL, email: `${EMAIL} ` }));
  await refused(client.setupMfa({ userId, method: Method.SMS, phoneNumber: `${PHONE};ext=5` }));
  await refused(client.setupMfa({ userId, method: Method.TOTP, email: EMAIL, phoneNumber: PHONE }));
  await refused(client.verifyCode({ userId, code: PHONE }));
  await refused(client.verifyCode({ userId: EMAIL.repeat(9), code: "123456" }));
  const setup = `${service.url}/countersign.mfa.v1.MfaService/SetupMfa`;
  for (const [url, body] of [
    [setup, JSON.stringify({ userId, method: "METHOD_SMS", phoneNumber: [PHONE] })],
    [setup, JSON.stringify({ userId, method: EMAIL })],
    [setup, `{"userId":"bob","email":"${EMAIL}`],
    [setup, JSON.stringify({ userId, [EMAIL]: PHONE })],
    [`${setup}?email=${EMAIL}&phone=${encodeURIComponent(PHONE)}`, "{}"],
    [`${service.url}/${EMAIL}`, "{}"],
  ] as const) {
    const headers = { "content-type": "application/json", "x-request-id": EMAIL };
    const response = await fetch(url, { method: "POST", headers, body });
    evidence.add("error", await response.text());
  }
}

/** The words of a database's error are the driver's, with all that was bound to the statement. */
async function brokenDatabase(world: World): Promise<void> {
  const { client, service } = world;
  const { sql } = service.database;
  const pending = await setUpTotp(world, "ada");
  for (const table of ["mfa_audit_events", "mfa_factors"]) {
    await sql`alter table ${sql(table)} rename to away`;
    await refused(client.setupMfa({ userId: "amy", method: Method.EMAIL, email: EMAIL }));
    await refused(client.setupMfa({ userId: "amy", method: Method.SMS, phoneNumber: PHONE }));
    await refused(client.verifySetup({ userId: "ada", code: pending.authenticator.code(service.clock.ms) }));
    await sql`alter table away rename to ${sql(table)}`;
  }
}

async function setUpTotp(
  world: World,
  userId: string,
): Promise<{ readonly authenticator: Authenticator; readonly backupCodes: readonly string[] }> {
  const setup = await world.client.setupMfa({ userId, method: Method.TOTP });
  if (setup.enrolment.case !== "totp") throw new Error("no TOTP enrolment");
  world.evidence.canaries.push(totpSecret(setup.enrolment.value.secret));
  return { authenticator: authenticatorFor(setup.enrolment.value.uri), backupCodes: remember(world, setup) };
}

function remember(world: World, { backupCodes }: Pick<SetupMfaResponse, "backupCodes">): readonly string[] {
  world.evidence.canaries.push(...backupCodes.map(backupCode));
  return backupCodes;
}

async function useBackupCodes({ client }: World, userId: string, codes: readonly string[]): Promise<void> {
  const [first = "", second = ""] = codes;
  expect((await client.verifyCode({ userId, code: first })).outcome.case).toBe("approved");
  await client.verifyCode({ userId, code: first });
  const code = second.replaceAll("-", "").toLowerCase();
  expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");
  await client.verifyCode({ userId, code: NEVER_A_BACKUP_CODE });
}

async function replaceBackupCodes(
  world: World,
  input: { readonly userId: string; readonly code: string },
): Promise<void> {
  const { outcome } = await world.client.regenerateBackupCodes(input);
  if (outcome.case !== "backupCodes") throw new Error(`not replaced: ${String(outcome.case)}`);
  remember(world, { backupCodes: outcome.value.codes });
}

/** A request whose answer was lost is asked for again, and answered from memory. */
async function twice(call: () => Promise<unknown>): Promise<void> {
  expect(await call()).toEqual(await call());
}

async function refused(call: Promise<unknown>): Promise<void> {
  await expect(call).rejects.toThrow();
}

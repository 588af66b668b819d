import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CryptoObserver, UNOBSERVED } from "../../src/crypto/crypto-observer.js";
import { createLogger } from "../../src/telemetry/log/logger.js";
import { reasonOf } from "../support/client/errors.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

type Alarm = Parameters<CryptoObserver["valueRefused"]>;

let service: TestService;
let user: Enrolled;
let neighbour: Enrolled;
let intact: Buffer;
let alarms: Alarm[];
let missingPeppers: number;
let lines: string[];

/** Where the parts of an envelope begin, from its front or its end. */
const KEY_ID_BYTES = 16;
const VERSION = 0;
const KEY_ID_LENGTH = 1;
const KEY_ID = 2;
const IV = KEY_ID + KEY_ID_BYTES;
const CIPHERTEXT = IV + 12;
const TAG = -16;

beforeAll(async () => {
  alarms = [];
  lines = [];
  missingPeppers = 0;
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: 1_000 };
  service = await startTestService({
    overrides: {
      policy: () => policy,
      log: createLogger("debug", { write: (line) => void lines.push(line) }),
      cryptoObserver: {
        ...UNOBSERVED,
        valueRefused: (...alarm) => void alarms.push(alarm),
        pepperMissing: () => {
          missingPeppers += 1;
        },
      },
    },
  });
  user = await enrolTotp(service.client, service.clock);
  neighbour = await enrolTotp(service.client, service.clock);
  intact = await sealedOf(user);
});
afterAll(() => service[Symbol.asyncDispose]());

async function sealedOf({ userId }: Enrolled): Promise<Buffer> {
  const [row] = await service.database.sql<{ sealed: Buffer }[]>`
    select totp_secret_encrypted as sealed from mfa_factors where user_id = ${userId}`;
  return row!.sealed;
}

async function store(sealed: Buffer): Promise<void> {
  await service.database
    .sql`update mfa_factors set totp_secret_encrypted = ${sealed} where user_id = ${user.userId}`;
}

async function lastRow() {
  const [row] = await service.database.sql`
    select action, outcome, reason, details from mfa_audit_events order by occurred_at desc, id desc limit 1`;
  return row;
}

/** Does the work while nobody may add rows to the audit log. */
async function withoutNewRows(work: () => Promise<void>): Promise<void> {
  const { sql } = service.database;
  await sql`alter table mfa_audit_events add constraint closed check (false) not valid`;
  try {
    await work();
  } finally {
    await sql`alter table mfa_audit_events drop constraint closed`;
  }
}

function logIn() {
  service.clock.advance(30);
  const code = user.authenticator.code(service.clock.ms);
  return service.client.verifyCode({ userId: user.userId, code });
}

/** `index` below zero counts from the end. */
function flipped(index: number): Buffer {
  return withByte(index, intact.at(index)! ^ 1);
}

function withByte(index: number, byte: number): Buffer {
  return Buffer.from(Uint8Array.from(intact).with(index, byte));
}

describe("a sealed value that somebody changed in the database", () => {
  test.each<[string, () => Buffer | Promise<Buffer>, Alarm[0]]>([
    ["another version", () => flipped(VERSION), "malformed"],
    ["a key id of no length", () => withByte(KEY_ID_LENGTH, 0), "malformed"],
    ["another key id", () => withByte(KEY_ID, "x".charCodeAt(0)), "unknown-key"],
    ["another IV", () => flipped(IV), "authentication-failed"],
    ["another ciphertext", () => flipped(CIPHERTEXT), "authentication-failed"],
    ["another tag", () => flipped(TAG), "authentication-failed"],
    ["another last byte", () => flipped(-1), "authentication-failed"],
    ["a tag of 12 bytes", () => intact.subarray(0, -4), "authentication-failed"],
    ["a tag of 8 bytes", () => intact.subarray(0, -8), "authentication-failed"],
    ["a tag of 4 bytes", () => intact.subarray(0, -12), "authentication-failed"],
    ["a byte more", () => Buffer.concat([intact, Buffer.of(0)]), "authentication-failed"],
    ["nothing but a head", () => intact.subarray(0, IV), "malformed"],
    ["nothing", () => Buffer.alloc(0), "malformed"],
    ["another user's value", () => sealedOf(neighbour), "authentication-failed"],
    ["a bare secret", () => Buffer.from("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), "malformed"],
  ])("%s: refused as INTERNAL, with an alarm and an audit row that say why", async (_, tampered, reason) => {
    await store(await tampered());
    alarms = [];
    lines = [];
    await expect(logIn()).rejects.toSatisfy(reasonOf("INTERNAL"));
    expect(alarms).toEqual([[reason, "totp_secret_encrypted"]]);
    expect(lineOf("decrypting a stored value failed")).toMatchObject({
      level: 50,
      reason,
      column: "totp_secret_encrypted",
      request_id: lineOf("call").request_id,
    });
    expect(await lastRow()).toEqual({
      action: "verify_code",
      outcome: "refused",
      reason: "INTERNAL",
      details: { sealed_value: reason, column: "totp_secret_encrypted" },
    });

    await store(intact);
    expect((await logIn()).outcome.case).toBe("approved");
  });

  test("an earlier factor's value, put back after a new enrolment, opens nothing", async () => {
    service.clock.advance(30);
    const code = user.authenticator.code(service.clock.ms);
    await service.client.disableMfa({ userId: user.userId, code });
    user = await enrolTotp(service.client, service.clock, user.userId);
    await store(intact);
    await expect(logIn()).rejects.toSatisfy(reasonOf("INTERNAL"));
  });

  test("backup codes that name a pepper that is gone: refused as INTERNAL, with an alarm", async () => {
    await service.database
      .sql`update mfa_settings set backup_scheme = 'scrypt:10:gone' where user_id = ${neighbour.userId}`;
    service.clock.advance(1);
    lines = [];
    const login = service.client.verifyCode({ userId: neighbour.userId, code: neighbour.backupCodes[0]! });
    await expect(login).rejects.toSatisfy(reasonOf("INTERNAL"));
    expect(missingPeppers).toBe(1);
    expect(lineOf("backup codes use an unknown or retired pepper key")).toMatchObject({
      key_id: "gone",
      request_id: lineOf("call").request_id,
    });
    expect(await lastRow()).toMatchObject({ reason: "INTERNAL", details: { pepper: "unknown-key" } });
  });

  test("a login with an altered secret stays refused when its audit row cannot be written", async () => {
    intact = await sealedOf(user);
    await store(flipped(-1));
    await withoutNewRows(() => expect(logIn()).rejects.toSatisfy(reasonOf("INTERNAL")));
    await expect(logIn()).rejects.toSatisfy(reasonOf("INTERNAL"));
  });
});

function lineOf(message: string): Record<string, unknown> {
  const found = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .find(({ msg }) => msg === message);
  if (found === undefined) throw new Error(`no line says ${message}`);
  return found;
}

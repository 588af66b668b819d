import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { watchUntil } from "../../src/commands/watch/watch.js";
import { delivered, rejected } from "../../src/domain/delivery/delivery.js";
import type { MfaPolicy } from "../../src/domain/policy/mfa-policy.js";
import { startCommand } from "../support/command.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { countryDatabase } from "../support/mmdb.js";
import { createTestProgram } from "../support/program-context.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { type SupportDesk, startSupportDesk, type Way } from "./support/support-desk.js";

/** Takes messages to German numbers alone. */
const SMS = {
  send: ({ to }: { readonly to: string }) =>
    Promise.resolve(to.startsWith("+49") ? delivered("twilio") : rejected("twilio", "status 400")),
};
const policy = (): MfaPolicy => ({
  ...DEFAULT_MFA_POLICY,
  allowedMethods: new Set(["totp", "sms"]),
  phoneNumbers: { defaultRegion: "US", allowedCountries: "any", blockedCountries: [] },
});
const WAYS: readonly (readonly [Way])[] = [["the stores"], ["a token"]];
const context = { ipAddress: "203.0.113.9" };
const ONCE = ["watch", "--once", "--json"];

let desk: SupportDesk;

/** A user with three wrong codes and hence a lock, a message that left and one that did not. */
beforeAll(async () => {
  desk = await startSupportDesk({ senders: { sms: SMS, email: undefined }, policy });
  const web = await desk.web();
  const { userId } = await enrolTotp(web, desk.listed.service.clock);
  for (let guess = 0; guess < 3; guess += 1) await web.verifyCode({ userId, code: "000000", context });
  const enrol = (phoneNumber: string) =>
    web.setupMfa({ userId: randomUUID(), method: Method.SMS, phoneNumber, context });
  await enrol("+4915112345678");
  await expect(enrol("+43664123456789")).rejects.toThrow("could not be delivered");
});
afterAll(() => desk[Symbol.asyncDispose]());

interface Line {
  readonly complete: boolean;
  readonly total: Readonly<Record<string, number>>;
  readonly byCaller: readonly Readonly<Record<string, unknown>>[];
}

describe.each(WAYS)("by %s", (way) => {
  test("a look counts what was rejected, locked, sent and lost, by caller, address, country and provider", async () => {
    const file = desk.listed.folder.at("countries.mmdb");
    await writeFile(file, countryDatabase({ "203.0": "NL" }));
    const ran = await desk.run(way, [...ONCE, "--geoip", file]);
    expect(ran).toMatchObject({ exitCode: 0, noted: "" });
    expect(JSON.parse(ran.printed)).toMatchObject({
      minutes: 15,
      complete: true,
      total: { rejected: 3, locks: 1, sent: 1, failed: 1 },
      byCaller: [{ name: "web", rejected: 3, locks: 1, sent: 1, failed: 1 }],
      byProvider: [{ name: "twilio", sent: 1, failed: 1 }],
    });
    expect(ran.printed).toContain('{"name":"203.0.113.9","rejected":3');
    for (const country of ["NL", "DE", "AT"]) expect(ran.printed).toContain(`{"name":"${country}",`);
  });

  test("a look for people has a table and the latest entries", async () => {
    const { printed } = await desk.run(way, ["watch", "--once"]);
    expect(printed).toMatch(/^\d\d:\d\d:\d\d UTC, the last 15 minutes\n\n +REJECTED +LOCKS +SENT +FAILED/);
    for (const text of ["BY CALLER\n  web ", "BY PROVIDER\n  twilio ", "DELIVERY_FAILED"])
      expect(printed).toContain(text);
  });
});

test("what is older than the minutes asked for is not counted", async () => {
  const { clock } = desk.listed.service;
  const later = new Date(clock.ms + 16 * 60_000);
  const { context: program, printed } = createTestProgram(
    { service: () => Promise.resolve(desk.listed.service.config) },
    { now: () => later },
  );
  await watchUntil(AbortSignal.abort(), program, { ...NO_FLAGS, json: true });
  expect(JSON.parse(printed())).toMatchObject({ total: { rejected: 0, sent: 0 }, byCaller: [] });
});

test("a watch looks again and again, sees what is new, and ends when it is interrupted", async () => {
  const web = await desk.web();
  const { userId } = await enrolTotp(web, desk.listed.service.clock);
  const { context: program, printed } = createTestProgram(
    { service: () => Promise.resolve(desk.listed.service.config) },
    { now: desk.listed.service.clock.now },
  );
  const rejections = () =>
    printed()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as Line).total.rejected ?? 0);
  const interrupted = new AbortController();
  const ended = watchUntil(interrupted.signal, program, { ...NO_FLAGS, json: true, interval: 1 });
  await expect.poll(() => rejections().length, { timeout: 20_000 }).toBeGreaterThan(0);
  const [before = 0] = rejections();
  await web.verifyCode({ userId, code: "000000", context });
  await expect.poll(() => rejections().at(-1), { timeout: 20_000 }).toBe(before + 1);
  interrupted.abort();
  expect(await ended).toBe(0);
});

test("a watch in a process of its own ends with exit code 0 when it is interrupted", async () => {
  const command = startCommand(["watch", "--json", "--interval", "60"], desk.environment());
  await expect.poll(() => command.stdout(), { timeout: 30_000 }).toContain('"total":');
  command.child.kill("SIGINT");
  expect({ exitCode: await command.ended(), noted: command.stderr() }).toMatchObject({ exitCode: 0 });
});

const NO_FLAGS = {
  url: undefined,
  tokenFile: undefined,
  cert: undefined,
  key: undefined,
  ca: undefined,
  once: undefined,
  minutes: undefined,
  interval: undefined,
  geoip: undefined,
  json: undefined,
};

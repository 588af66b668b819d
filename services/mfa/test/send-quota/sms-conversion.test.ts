import { ConnectError } from "@connectrpc/connect";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { ErrorInfoSchema, RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { expect, test } from "vitest";
import type { ConversionScope } from "../../src/domain/send-quota/sms-conversion.js";
import { createLogger } from "../../src/telemetry/log/logger.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { Mailbox } from "../support/enrolment/mailbox.js";
import { scrape } from "../support/scrape.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { AMPLE_LIMITS, type MfaClient, startTestService } from "../support/service.js";

const MIN_SENDS = 20;
const policy = {
  ...DEFAULT_MFA_POLICY,
  allowedMethods: new Set(["totp", "sms"] as const),
  phoneNumbers: { defaultRegion: "US", allowedCountries: "any", blockedCountries: [] },
} as const;

async function start(stops: readonly ConversionScope[]) {
  const mailbox = new Mailbox();
  const lines: string[] = [];
  const completion = {
    windowMs: 3_600_000,
    graceMs: 0,
    minSends: MIN_SENDS,
    minPercent: 10,
    stops: new Set(stops),
  };
  const service = await startTestService({
    replicas: 2,
    overrides: {
      senders: mailbox,
      policy: () => policy,
      log: createLogger("warn", { write: (line) => void lines.push(line) }),
    },
    config: { sendLimits: { ...AMPLE_LIMITS, completion } },
  });
  let users = 0;
  return {
    mailbox,
    service,
    lines,
    /** A new user asks for a code to a number of the block; answers the number, or the limit that refused. */
    async send(block: number, client: MfaClient = service.replicas[users % 2]!.client) {
      users += 1;
      const phoneNumber = `+1202${500 + block}${String(1_000 + users)}`;
      const userId = `user-${users}`;
      try {
        await client.setupMfa({ userId, method: Method.SMS, phoneNumber });
        return { userId, phoneNumber, limit: undefined };
      } catch (error) {
        const found = ConnectError.from(error);
        expect(found.findDetails(RetryInfoSchema)).toHaveLength(1);
        return { userId, phoneNumber, limit: found.findDetails(ErrorInfoSchema)[0]?.metadata.limit };
      }
    },
    low: async (scope: ConversionScope, action: string) => {
      const name = `countersign_send_completion_low_total{scope="${scope}",action="${action}"}`;
      const each = await Promise.all(
        service.replicas.map(async (replica) => (await scrape(replica)).get(name)),
      );
      return each.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0);
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

test("a block of numbers whose codes nobody enters gets no more, with an alarm; everybody else does", async () => {
  await using subject = await start(["prefix"]);
  const { mailbox, lines, service } = subject;
  for (let sent = 0; sent < MIN_SENDS; sent += 1) {
    expect((await subject.send(1)).limit).toBeUndefined();
  }
  expect(await subject.low("prefix", "stopped")).toBe(0);
  const refused = await Promise.all(Array.from({ length: 10 }, () => subject.send(1)));
  expect(refused.map(({ limit }) => limit)).toEqual(Array(10).fill("completion"));
  expect(mailbox.list()).toHaveLength(MIN_SENDS);
  expect(await subject.low("prefix", "stopped")).toBe(10);

  // The country stands in question too, which is told and stops nobody.
  expect((await subject.send(2)).limit).toBeUndefined();
  expect(await subject.low("country", "sent")).toBeGreaterThan(0);
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const alarms = told.filter(
    ({ msg }) => msg === "SMS conversion rate below threshold (possible SMS pumping)",
  );
  expect(alarms).toContainEqual(
    expect.objectContaining({
      scope: "prefix",
      country: "US",
      stopped: true,
      request_id: expect.any(String) as string,
    }),
  );
  // One for each scope and replica, however many were refused.
  expect(alarms.length).toBeLessThanOrEqual(4);
  expect(lines.join("\n")).not.toContain("202501");

  await enrolTotp(service.client, service.clock);
});

test("a block whose codes are entered goes on", async () => {
  await using subject = await start(["prefix", "country"]);
  const { mailbox, service } = subject;
  const confirm = async ({ userId, phoneNumber }: { userId: string; phoneNumber: string }) => {
    const code = mailbox.code(phoneNumber);
    expect((await service.client.verifySetup({ userId, code })).outcome.case).toBe("enabled");
  };
  for (let sent = 0; sent < MIN_SENDS * 2; sent += 1) {
    const asked = await subject.send(1);
    expect(asked.limit).toBeUndefined();
    if (sent % 5 === 0) await confirm(asked);
  }
  expect(await subject.low("country", "stopped")).toBe(0);
});

test("logins by SMS count as codes that are entered; where countries stop too, the whole country waits", async () => {
  await using subject = await start(["prefix", "country"]);
  const { mailbox, service } = subject;
  const user = await subject.send(1);
  const enrolling = { userId: user.userId, code: mailbox.code(user.phoneNumber) };
  await service.client.verifySetup(enrolling);
  await service.client.sendVerificationCode({ userId: user.userId });
  const login = { userId: user.userId, code: mailbox.code(user.phoneNumber) };
  expect((await service.client.verifyCode(login)).outcome.case).toBe("approved");
  // Two entered: less than a tenth only from the twenty-first on.
  for (let sent = 2; sent < 21; sent += 1) expect((await subject.send(sent)).limit).toBeUndefined();
  expect((await subject.send(30)).limit).toBe("completion");
  expect(await subject.low("country", "stopped")).toBe(1);
});

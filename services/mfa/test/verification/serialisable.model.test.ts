import { randomInt } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { expect, test } from "vitest";
import { type Authenticator, authenticatorFor } from "../support/enrolment/authenticator.js";
import { isLinearizable, type Operation } from "../support/model/linearizable.js";
import { keyOfUser, NOBODY, stepOfUser, type UserCall } from "../support/model/user-model.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { type MfaClient, startTestService, type TestService } from "../support/service.js";

/** Six users each; COUNTERSIGN_TEST_MODEL_ROUNDS runs longer. */
const ROUNDS = Number(process.env.COUNTERSIGN_TEST_MODEL_ROUNDS ?? 1);
const USERS = 6;
/** Concurrent calls for each user. */
const WORKERS = 3;
/** Of each worker: few enough never to come to the hundred failures that lock for good, which the model does not know. */
const CALLS = 14;

/** What the workers of one user know from the answers they got. */
interface Known {
  readonly userId: string;
  readonly factors: Authenticator[];
  /** Codes of any set, spent ones too. */
  readonly codes: string[];
}

test("enrolments, logins, disablements and renewals that run concurrently are answered as if they came one after another", async () => {
  // Limits that the model does not know are never met.
  const failureLimits = { daily: 400, monthly: 400, yearly: 400 };
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: 1_000_000, failureLimits, backupCodesCount: 4 };
  await using service = await startTestService({ replicas: 2, overrides: { policy: () => policy } });
  let accepted = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const users = Array.from({ length: USERS }, (_, user) => live(service, `user-${round}-${user}`));
    for (const { userId, history } of await Promise.all(users)) {
      const explained = isLinearizable(history, { initial: NOBODY, step: stepOfUser, keyOf: keyOfUser });
      expect(explained, `${userId}: ${JSON.stringify(history)}`).toBe(true);
      accepted += history.filter(({ call }) => "accepted" in call && call.accepted).length;
    }
  }
  expect(accepted).toBeGreaterThan(USERS);
  const { database } = service;
  const stray = await database.sql`
    select s.user_id from mfa_settings s left join mfa_recovery_codes c using (user_id)
    group by s.user_id having count(c.code_hash) filter (where c.generation = s.backup_generation) not in (0, 4)
      or (select count(*) from mfa_factors f where f.user_id = s.user_id) > 1`;
  expect([...stray]).toEqual([]);
}, 3_600_000);

/** All workers of one user, until each has made its calls. */
async function live({ replicas, clock }: TestService, userId: string) {
  const known: Known = { userId, factors: [], codes: [] };
  const history: Operation<UserCall>[] = [];
  const work = async (worker: number) => {
    const { client } = replicas[worker % 2]!;
    for (let made = 0; made < CALLS; made += 1) {
      const start = performance.now();
      const call = await randomCall(client, known, () => clock.ms);
      history.push({ call, start, end: performance.now() });
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  return { userId, history };
}

/** Makes a call and tells how it was answered. Only what a precondition refuses is an answer here; any other error fails the test. */
async function randomCall(client: MfaClient, known: Known, nowMs: () => number): Promise<UserCall> {
  const { userId, factors, codes } = known;
  const draw = randomInt(10);
  if (factors.length === 0 || draw < 2) return setup(client, known);
  if (draw < 5) {
    const factor = Math.max(0, factors.length - 1 - randomInt(2));
    const code = factors[factor]!.code(nowMs());
    const answer = await orRefused(client.verifySetup({ userId, code }));
    return { op: "confirm", factor, enabled: answer?.outcome.case === "enabled" };
  }
  // Mostly one that may still be good.
  const code = codes[Math.max(0, codes.length - 1 - randomInt(6))]!;
  if (draw < 8) {
    const answer = await orRefused(client.verifyCode({ userId, code }));
    return { op: "login", code, accepted: answer?.outcome.case === "approved" };
  }
  if (draw < 9) {
    const answer = await orRefused(client.disableMfa({ userId, code }));
    return { op: "disable", code, accepted: answer?.outcome.case === "disabled" };
  }
  const answer = await orRefused(client.regenerateBackupCodes({ userId, code }));
  const fresh = answer?.outcome.case === "backupCodes" ? answer.outcome.value.codes : undefined;
  codes.push(...(fresh ?? []));
  return { op: "regenerate", code, codes: fresh };
}

async function setup(client: MfaClient, { userId, factors, codes }: Known): Promise<UserCall> {
  const answer = await orRefused(client.setupMfa({ userId, method: Method.TOTP }));
  if (answer?.enrolment.case !== "totp") return { op: "setup", begun: undefined };
  const factor = factors.push(authenticatorFor(answer.enrolment.value.uri)) - 1;
  codes.push(...answer.backupCodes);
  return { op: "setup", begun: { factor, codes: answer.backupCodes } };
}

const PRECONDITIONS = [
  "no active factor",
  "no factor to confirm",
  "confirmed before",
  "has an active factor",
];

async function orRefused<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (PRECONDITIONS.some((text) => String(error).includes(text))) return undefined;
    throw error;
  }
}

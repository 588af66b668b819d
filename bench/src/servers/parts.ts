import { keyRingFromMasterKey } from "@countersign/field-crypto";
import {
  auditRowMaker,
  createLogger,
  createRedisAttemptStore,
  LOCKOUT_SCHEDULE_MS,
  matchTotp,
  openRedis,
  redisReady,
  secretCipher,
  UNOBSERVED,
  type UserId,
} from "@countersign/mfa/testing/login-parts";
import { createMfaStore, openPostgres } from "@countersign/mfa/testing/postgres-parts";
import { cpuMs } from "../measure/cpu-time.js";
import { answerParent } from "../process/child.js";
import { factorIdOf, STEP_SECONDS, totpCodeOf, userIdOf } from "../seed/bench-user.js";
import { PARTS, type PartName, type PartResult, type PartRun } from "./part-names.js";

/** The parts of a login, each alone in a process of its own: what the whole cannot be cheaper than. */
const { DATABASE_URL = "", REDIS_URL = "", ENCRYPTION_KEY = "", ACTIVE_USERS = "[]" } = process.env;
const users = JSON.parse(ACTIVE_USERS) as number[];
const ring = keyRingFromMasterKey(ENCRYPTION_KEY);
const auditRow = auditRowMaker(ring);
const cipher = secretCipher(ring, { log: createLogger("error"), observer: UNOBSERVED });
const store = createMfaStore(
  openPostgres({ url: DATABASE_URL, maxConnections: 10, timeLimitMs: 20_000 }),
  auditRow,
);
const redis = openRedis({ url: REDIS_URL, timeLimitMs: 10_000, onError: () => undefined });
await redisReady(redis, 10_000);
const attempts = createRedisAttemptStore(redis, "parts:");
const throttle = { limits: { daily: 20, monthly: 200, yearly: 300 }, pauseMs: undefined };
const limits = { maxAttempts: 1_000_000, lockoutScheduleMs: LOCKOUT_SCHEDULE_MS };
const actor = {
  caller: "bench",
  requestId: "bench",
  context: { ipAddress: undefined, userAgent: undefined },
};
let at = new Date();
let replayCounter = 0n;

const sample = await store.readUser(userIdOf(users[0] ?? 0) as UserId);
let code = "";
let turn = 0;

function next(): { readonly userId: UserId; readonly factorId: string } {
  const user = users[turn++ % users.length] ?? 0;
  return { userId: userIdOf(user) as UserId, factorId: factorIdOf(user) };
}

function eventOf(userId: UserId) {
  return { action: "verify_code", outcome: "succeeded", method: "totp", userId, actor, at } as const;
}

const work: Record<PartName, () => unknown> = {
  "Postgres: read a user": () => store.readUser(next().userId),
  "Postgres: accept a login": () => {
    const { userId, factorId } = next();
    if (turn % users.length === 0) replayCounter += 1n; // everybody had the last one
    return store.acceptCode({
      userId,
      match: { kind: "factor", factorId, replayCounter },
      at,
      event: eventOf(userId),
      throttle,
    });
  },
  "Redis: charge an attempt": () => attempts.charge(next().userId, "primary", limits),
  "crypto: open, match a code, MAC": () => {
    if (sample?.factor?.method !== "totp") throw new Error("the first user has no authenticator");
    const { sealedSecret, parameters, id: factorId } = sample.factor;
    const { userId } = sample;
    const secret = cipher.open(sealedSecret, { userId, factorId, column: "totp_secret_encrypted" });
    if (matchTotp({ secret, parameters, code, at, window: 1 }) === undefined)
      throw new Error("the code is wrong");
    return auditRow(eventOf(userId));
  },
};

answerParent(measure);

async function measure({ part, inFlight, durationMs, ...run }: PartRun): Promise<PartResult> {
  replayCounter = BigInt(run.step);
  at = new Date(run.step * STEP_SECONDS * 1_000);
  code = totpCodeOf(users[0] ?? 0, run.step);
  const [start, cpu] = [performance.now(), cpuMs(process.pid)];
  let calls = 0;
  await Promise.all(
    Array.from({ length: part === PARTS[3] ? 1 : inFlight }, async () => {
      while (performance.now() - start < durationMs) {
        const done = work[part]();
        if (done instanceof Promise) await done;
        calls += 1;
      }
    }),
  );
  return { calls, seconds: (performance.now() - start) / 1_000, cpuMs: cpuMs(process.pid) - cpu };
}

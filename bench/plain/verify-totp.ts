import { keyRingFromMasterKey } from "@countersign/field-crypto";
import {
  auditRowMaker,
  createLogger,
  createRedisAttemptStore,
  LOCKOUT_SCHEDULE_MS,
  MAX_CONSECUTIVE_FAILURES,
  matchTotp,
  openRedis,
  secretCipher,
  UNOBSERVED,
  type UserId,
} from "@countersign/mfa/testing/login-parts";
import { and, count, eq, isNull, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { auditEvents, backupCodes, factors, settings } from "./tables.js";

const TOTP = { algorithm: "SHA1", digits: 6, periodSeconds: 30 } as const;

/**
 * VerifyCode for TOTP as one writes it at first: one query after another, over Drizzle's builder. It gives the same guarantees as the service:
 * the attempt is charged before the compare, a code is accepted once by a conditional update, and the audit row commits with it.
 */
export function createPlainVerify(stores: {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly encryptionKey: string;
  readonly now: () => Date;
}) {
  const db = drizzle(postgres(stores.databaseUrl, { max: 10, prepare: false }));
  const redis = openRedis({ url: stores.redisUrl, timeLimitMs: 10_000, onError: () => undefined });
  const attempts = createRedisAttemptStore(redis, "plain:");
  const ring = keyRingFromMasterKey(stores.encryptionKey);
  const cipher = secretCipher(ring, { log: createLogger("error"), observer: UNOBSERVED });
  const auditRow = auditRowMaker(ring);

  return async function verify(
    userId: UserId,
    code: string,
  ): Promise<{ at: Date; remaining: number } | undefined> {
    const charge = await attempts.charge(userId, "primary", {
      maxAttempts: 3,
      lockoutScheduleMs: LOCKOUT_SCHEDULE_MS,
    });
    const [owner] = await db.select().from(settings).where(eq(settings.userId, userId));
    const [factor] = await db.select().from(factors).where(eq(factors.userId, userId));
    if (owner?.isEnabled !== true || factor?.state !== "active" || factor.secret === null) return undefined;
    const at = stores.now();
    const secret = cipher.open(factor.secret, {
      userId,
      factorId: factor.id,
      column: "totp_secret_encrypted",
    });
    const replayCounter = matchTotp({ secret, parameters: TOTP, code, at, window: 1 });
    const right =
      charge.admitted && owner.consecutiveFailures < MAX_CONSECUTIVE_FAILURES && replayCounter !== undefined;
    const accepted = await db.transaction(async (tx) => {
      const claimed = right && (await claim(tx, factor.id, replayCounter));
      await tx
        .update(settings)
        .set(
          claimed
            ? { consecutiveFailures: 0, lastUsedAt: at.toISOString(), updatedAt: at.toISOString() }
            : { consecutiveFailures: sql`${settings.consecutiveFailures} + 1` },
        )
        .where(eq(settings.userId, userId));
      await tx.insert(auditEvents).values(audit(userId, at, claimed));
      return claimed;
    });
    if (!accepted) return undefined;
    const [left] = await db
      .select({ codes: count() })
      .from(backupCodes)
      .where(
        and(
          eq(backupCodes.userId, userId),
          eq(backupCodes.generation, owner.backupGeneration),
          isNull(backupCodes.usedAt),
        ),
      );
    await attempts.resetAttempts(userId, "primary");
    return { at, remaining: left?.codes ?? 0 };
  };

  function audit(userId: UserId, at: Date, claimed: boolean): typeof auditEvents.$inferInsert {
    const row = auditRow({
      action: "verify_code",
      outcome: claimed ? "succeeded" : "rejected",
      ...(claimed ? {} : { reason: "INVALID_CODE" as const }),
      method: "totp",
      userId,
      actor: { caller: "bench", requestId: "bench", context: { ipAddress: undefined, userAgent: undefined } },
      at,
    });
    return {
      id: row.id ?? "",
      occurredAt: row.occurred_at ?? "",
      action: row.action ?? "",
      purpose: row.purpose ?? "",
      outcome: row.outcome ?? "",
      reason: row.reason,
      method: row.method,
      caller: row.caller ?? "",
      userRef: row.user_ref,
      requestId: row.request_id ?? "",
      keyId: row.key_id,
      mac: Buffer.from(row.mac.slice("\\x".length), "hex"),
    };
  }
}

type Transaction = Parameters<Parameters<ReturnType<typeof drizzle>["transaction"]>[0]>[0];

async function claim(tx: Transaction, factorId: string, replayCounter: bigint): Promise<boolean> {
  const claimed = await tx
    .update(factors)
    .set({ replayCounter })
    .where(
      and(eq(factors.id, factorId), eq(factors.state, "active"), lt(factors.replayCounter, replayCounter)),
    )
    .returning({ id: factors.id });
  return claimed.length === 1;
}

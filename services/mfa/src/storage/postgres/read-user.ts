import { eq, type SQL, sql } from "drizzle-orm";
import type { Factor, TotpFactor, UserMfa } from "../../domain/factor.js";
import type { FactorMethod } from "../../domain/method.js";
import type { TotpParameters } from "../../domain/totp.js";
import type { UserId } from "../../domain/user-id.js";
import type { Orm } from "./database.js";
import { mfaFactors, mfaSettings } from "./schema.js";

const remaining: SQL<number> = sql<number>`(
  select count(*)::int from mfa_recovery_codes c
  where c.user_id = mfa_settings.user_id and c.generation = mfa_settings.backup_generation
    and c.used_at is null and (c.expires_at is null or c.expires_at > now()))`;

/**
 * Settings, factor and stock of backup codes of each user, in one statement, hence of one moment. A user never seen has no answer.
 * The ids go as one JSON parameter, so that the statement is the same for any number of them.
 */
export async function readUsers(orm: Orm, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, UserMfa>> {
  const rows = await preparedRead(orm).execute({ ids: JSON.stringify(userIds) });
  return new Map(rows.map((row) => [row.settings.userId as UserId, toUser(row)]));
}

function prepareRead(orm: Orm) {
  return orm
    .select({ settings: mfaSettings, factor: mfaFactors, remaining })
    .from(mfaSettings)
    .leftJoin(mfaFactors, eq(mfaFactors.userId, mfaSettings.userId))
    .where(
      sql`${mfaSettings.userId} = any(array(select jsonb_array_elements_text(${sql.placeholder("ids")}::text::jsonb)))`,
    )
    .prepare("read_users");
}

type PreparedRead = ReturnType<typeof prepareRead>;

const prepared = new WeakMap<Orm, PreparedRead>();

/** Building the text of the query costs more than running it. */
function preparedRead(orm: Orm): PreparedRead {
  const known = prepared.get(orm) ?? prepareRead(orm);
  prepared.set(orm, known);
  return known;
}

function toUser(row: Awaited<ReturnType<PreparedRead["execute"]>>[number]): UserMfa {
  const { settings } = row;
  return {
    userId: settings.userId as UserId,
    enabled: settings.isEnabled,
    verified: settings.isVerified,
    method: (settings.preferredMethod as FactorMethod | null) ?? undefined,
    factor: row.factor === null ? undefined : toFactor(row.factor),
    backupCodes:
      settings.backupSalt === null || settings.backupScheme === null
        ? undefined
        : {
            generation: settings.backupGeneration,
            salt: settings.backupSalt,
            scheme: settings.backupScheme,
            remaining: row.remaining,
          },
    consecutiveFailures: {
      primary: settings.consecutiveFailures,
      backup: settings.backupConsecutiveFailures,
    },
    createTime: settings.createdAt,
    verifyTime: settings.verifiedAt ?? undefined,
    lastUseTime: settings.lastUsedAt ?? undefined,
  };
}

/** A row that misses what its method needs is a fault, never a factor that matches nothing or everything. */
function toFactor(row: typeof mfaFactors.$inferSelect): Factor {
  const { id, method, createdAt: createTime, lastAccepted } = row;
  const base = {
    id,
    state: row.state === "active" ? "active" : "pending",
    createTime,
    lastAccepted,
  } as const;
  if (method === "totp") return { ...base, method, ...totpOf(row) };
  const sealedDestination = method === "sms" ? row.phoneNumberEncrypted : row.emailEncrypted;
  if ((method !== "sms" && method !== "email") || sealedDestination === null) throw incomplete(row);
  return { ...base, method, sealedDestination };
}

function totpOf(row: typeof mfaFactors.$inferSelect): Pick<TotpFactor, "parameters" | "sealedSecret"> {
  const { totpSecretEncrypted, totpAlgorithm, totpDigits, totpPeriodSeconds } = row;
  if (totpSecretEncrypted === null || totpPeriodSeconds === null) throw incomplete(row);
  return {
    parameters: {
      algorithm: totpAlgorithm as TotpParameters["algorithm"],
      digits: totpDigits === 8 ? 8 : 6,
      periodSeconds: totpPeriodSeconds,
    },
    sealedSecret: totpSecretEncrypted,
  };
}

function incomplete({ id }: { readonly id: string }): Error {
  return new Error(`factor ${id} is incomplete`);
}

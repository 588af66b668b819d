import type { Actor, AnyAuditEvent } from "../../domain/audit/audit-event.js";
import { destinationContext, secretContext } from "../../domain/crypto/secret-cipher.js";
import type { MfaStore } from "../../domain/enrolment/mfa-store.js";
import type { Factor, TotpFactor } from "../../domain/factor/factor.js";
import { otpauthUri } from "../../domain/factor/otpauth-uri.js";
import type { ExportStore } from "../../domain/import-export/export-store.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";

export type ExportDeps = Pick<Deps, "cipher" | "policy" | "now"> & {
  readonly store: Pick<MfaStore, "record">;
  readonly exports: ExportStore;
};

/** An export that has been recorded in the audit log. */
export interface Export {
  readonly users: number;
  readonly before: Date;
  readonly actor: Actor;
}

/** A user with the factor in the clear, under the names of the import's columns. */
export interface ExportedUser {
  readonly user_id: string;
  readonly otpauth_uri?: string;
  readonly phone_number?: string;
  readonly email?: string;
  readonly last_accepted: number;
  readonly consecutive_failures?: number;
}

/** Records who exports how many users and for whom. Nothing may be written before this is done. */
export async function beginExport(
  { store, exports, now }: ExportDeps,
  input: { readonly actor: Actor; readonly reason: string; readonly recipients: string },
): Promise<Export> {
  const { actor, reason, recipients } = input;
  const before = now();
  const users = await exports.countUsers(before);
  await store.record(
    exportEvent({ actor, at: before, details: { reason, recipients, users: String(users) } }),
  );
  return { users, before, actor };
}

/**
 * Users page by page, in the order of their ids. `onRefused` is called for each user whose factor cannot be decrypted; that user is not exported.
 */
export async function* exportedUsers(
  deps: ExportDeps,
  { before }: Export,
  options: { readonly batchSize: number; readonly onRefused: (factorId: string) => void },
): AsyncGenerator<readonly ExportedUser[]> {
  let after: UserId | undefined;
  do {
    const { users, last } = await deps.exports.readPage({ before, after, limit: options.batchSize });
    yield users.flatMap(({ userId, factor, consecutiveFailures: { primary: failures } }) => {
      if (factor === undefined) return [];
      try {
        return exportedUser(openFactor(deps, userId, factor), { userId, factor, failures });
      } catch {
        options.onRefused(factor.id);
        return [];
      }
    });
    after = last;
  } while (after !== undefined);
}

/** Records how many users were written, once all are. */
export async function endExport(
  { store, now }: ExportDeps,
  { actor }: Export,
  written: number,
): Promise<void> {
  await store.record(exportEvent({ actor, at: now(), details: { written: String(written) } }));
}

function exportEvent(event: Pick<AnyAuditEvent, "actor" | "at" | "details">): AnyAuditEvent {
  return { ...event, action: "export_users", outcome: "succeeded" };
}

function exportedUser(
  opened: Pick<ExportedUser, "otpauth_uri" | "phone_number" | "email">,
  user: { readonly userId: UserId; readonly factor: Factor; readonly failures: number },
): ExportedUser {
  return {
    user_id: user.userId,
    ...opened,
    // A time step, or microseconds of this century: far below 2^53, where numbers lose precision.
    last_accepted: Number(user.factor.replayCounter),
    ...(user.failures === 0 ? {} : { consecutive_failures: user.failures }),
  };
}

function openFactor(
  deps: ExportDeps,
  userId: UserId,
  factor: Factor,
): Pick<ExportedUser, "otpauth_uri" | "phone_number" | "email"> {
  switch (factor.method) {
    case "totp":
      return { otpauth_uri: uriOf(deps, userId, factor) };
    case "sms":
      return { phone_number: deps.cipher.open(factor.sealedDestination, destinationContext(userId, factor)) };
    case "email":
      return { email: deps.cipher.open(factor.sealedDestination, destinationContext(userId, factor)) };
  }
}

function uriOf(deps: ExportDeps, userId: UserId, factor: TotpFactor): string {
  const key = {
    secret: deps.cipher.open(factor.sealedSecret, secretContext(userId, factor.id)),
    parameters: factor.parameters,
  };
  return otpauthUri(key, { issuer: deps.policy().totpIssuer, account: userId });
}

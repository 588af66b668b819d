import type { Actor } from "../../domain/audit/audit-event.js";
import { type FieldViolation, MfaError } from "../../domain/errors.js";
import type { BackupCodeSet } from "../../domain/factor/backup-code.js";
import type { FactorMethod } from "../../domain/factor/method.js";
import type { ImportedUser } from "../../domain/import-export/imported-user.js";
import type { MfaPolicy } from "../../domain/policy/mfa-policy.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";
import { isUsable } from "../factor/method-gate.js";
import { hashBackupCodes } from "../factor/new-backup-codes.js";
import { type AdmittedUser, admitImport } from "./admit-import.js";
import { type Enrolled, matchEnrolledUser } from "./match-enrolled-user.js";
import { sealImport } from "./seal-import.js";

export type ImportDeps = Pick<
  Deps,
  "store" | "imports" | "cipher" | "hasher" | "policy" | "now" | "randomId"
>;

/** Why a line is not imported. */
export interface RefusedLine {
  readonly number: number;
  readonly problems: readonly FieldViolation[];
}

/** One line of a file: a user, or why it is not one. */
export type ImportLine = { readonly number: number; readonly user: ImportedUser } | RefusedLine;

export interface BatchOutcome {
  /** Lines of the batch. Each is imported, already present as given, or refused. */
  readonly lines: number;
  readonly imported: number;
  readonly there: number;
  readonly refused: readonly RefusedLine[];
}

interface Candidate {
  readonly number: number;
  readonly user: AdmittedUser;
}

/** Imports lines about different users, all in one transaction, and returns the result of each. A dry run writes nothing. */
export async function importBatch(
  deps: ImportDeps,
  batch: readonly ImportLine[],
  options: { readonly dryRun: boolean; readonly actor: Actor },
): Promise<BatchOutcome> {
  const { candidates, refused } = admitBatch(deps, batch);
  const judged = await judge(deps, candidates, options.actor);
  const stored = options.dryRun
    ? new Set(judged.nothing.map(({ user }) => user.userId))
    : await store(deps, judged.nothing, options.actor);
  const overtaken = await judge(
    deps,
    judged.nothing.filter(({ user }) => !stored.has(user.userId)),
    options.actor,
  );
  const others = [...judged.other, ...overtaken.other];
  return {
    lines: batch.length,
    imported: stored.size,
    there: judged.same.length + overtaken.same.length,
    refused: [
      ...refused,
      ...others.map(refuseUser("has another active factor here: reset it first")),
      ...overtaken.nothing.map(refuseUser("was changed meanwhile: run the import again")),
    ].sort((a, b) => a.number - b.number),
  };
}

function admitBatch(
  deps: ImportDeps,
  batch: readonly ImportLine[],
): { readonly candidates: readonly Candidate[]; readonly refused: readonly RefusedLine[] } {
  const candidates: Candidate[] = [];
  const refused: RefusedLine[] = [];
  for (const line of batch) {
    if ("problems" in line) {
      refused.push(line);
      continue;
    }
    const { number, user } = line;
    try {
      candidates.push({ number, user: admitImport(deps, user) });
    } catch (error) {
      if (!(error instanceof MfaError)) throw error;
      refused.push({ number, problems: importProblems(deps.policy(), user, error) });
    }
  }
  return { candidates, refused };
}

async function judge(
  deps: ImportDeps,
  candidates: readonly Candidate[],
  { requestId }: Actor,
): Promise<Readonly<Record<Enrolled, readonly Candidate[]>>> {
  const judged: Record<Enrolled, Candidate[]> = { nothing: [], same: [], other: [] };
  const known = await Promise.all(candidates.map(({ user }) => deps.store.readUser(user.userId)));
  for (const [index, candidate] of candidates.entries()) {
    const asked = { user: candidate.user, known: known[index], requestId };
    judged[matchEnrolledUser(deps, asked)].push(candidate);
  }
  return judged;
}

async function store(
  deps: ImportDeps,
  candidates: readonly Candidate[],
  actor: Actor,
): Promise<ReadonlySet<UserId>> {
  const hashed: { readonly user: AdmittedUser; readonly backupCodes: BackupCodeSet | undefined }[] = [];
  // One after another: the codes of one user fill the hasher, and its queue is short.
  for (const { user } of candidates)
    hashed.push({ user, backupCodes: await hashBackupCodes(deps, user.backupCodes) });
  const at = deps.now();
  const users = hashed.map((each) => sealImport(deps, each, { actor, at }));
  return users.length === 0 ? new Set() : deps.imports.importUsers(users);
}

function refuseUser(description: string): (candidate: Candidate) => RefusedLine {
  return ({ number }) => ({ number, problems: [{ field: "user_id", description }] });
}

const FACTOR_FIELDS: Readonly<Record<FactorMethod, string>> = {
  totp: "otpauth_uri",
  sms: "phone_number",
  email: "email",
};

/** The fields of a user that the policy refuses, as `admitImport` threw it. Rethrows every other error. */
function importProblems(
  policy: MfaPolicy,
  { factor }: ImportedUser,
  error: MfaError,
): readonly FieldViolation[] {
  const { reason, violations, message: description } = error;
  const ofFactor = FACTOR_FIELDS[factor.method];
  if (reason === "INVALID_FIELD") return violations;
  if (reason === "DESTINATION_NOT_ALLOWED") return [{ field: ofFactor, description }];
  if (reason !== "METHOD_NOT_ALLOWED" && reason !== "METHOD_DISABLED") throw error;
  return [{ field: isUsable(policy, factor.method) ? "backup_codes" : ofFactor, description }];
}

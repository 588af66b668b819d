import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import type { Random } from "../../support/random.js";
import type { UserBook } from "./books.js";
import { MAX_ATTEMPTS, type Stage } from "./stage.js";

export type UserMethod = "totp" | "sms" | "email";

/** The attempts of one scope of a user, as far as the caller knows: each call is at most one. */
export interface ScopeTries {
  /** When each attempt was made. */
  readonly at: number[];
  /** When a code of the scope was accepted. */
  readonly accepted: number[];
}

/** A right code, given once or, where the answer is lost, again. */
export interface CodeUse {
  readonly book: UserBook;
  /** As the audit log names it. */
  readonly method: UserMethod | "backup_code";
  readonly code: string;
  readonly tries: ScopeTries;
  /** The step of an authenticator's code. */
  readonly step?: number;
  /** When the code was asked for; of a sent code only. */
  readonly sentAt?: number;
  /** Other messages may have overtaken it: nobody knows that this is the newest code. */
  readonly doubtful?: boolean;
  /** A failure told nothing of what became of an earlier try. */
  inDoubt: boolean;
  /** How each try ended, for whoever looks into a defect. */
  readonly history: string[];
  readonly from: number;
}

export function useOf(parts: Omit<CodeUse, "inDoubt" | "history" | "from">): CodeUse {
  return { ...parts, inDoubt: false, history: [], from: performance.now() };
}

/**
 * Why a right code may be refused for this reason, by docs/integrating.md. Undefined: there is none, and the refusal is a defect.
 */
export function excuseFor(stage: Stage, use: CodeUse, reason: RejectionReason): string | undefined {
  switch (reason) {
    case RejectionReason.CODE_REPLAYED:
      return use.inDoubt ? "its answer was lost" : undefined;
    case RejectionReason.NO_PENDING_CHALLENGE:
      return excuseForNoChallenge(stage, use);
    case RejectionReason.INVALID_CODE:
      return excuseForInvalid(stage, use);
    case RejectionReason.TOO_MANY_ATTEMPTS:
      return isLocked(stage, use) ? "its scope was locked by charges that stayed" : undefined;
    case RejectionReason.CODE_EXPIRED:
    case RejectionReason.UNSPECIFIED:
      return undefined;
  }
}

function excuseForNoChallenge(
  { timeline }: Stage,
  { sentAt, inDoubt, doubtful }: CodeUse,
): string | undefined {
  if (sentAt === undefined) return undefined;
  if (timeline.wipedSince(sentAt)) return "Redis lost its challenge";
  if (doubtful === true) return "a newer code replaced it";
  return inDoubt ? "its challenge was spent by a try whose answer was lost" : undefined;
}

function excuseForInvalid({ replicas, timeline }: Stage, use: CodeUse): string | undefined {
  if (use.doubtful === true) return "a newer code replaced it";
  if (use.step === undefined) return undefined;
  const age = stepAt(Date.now()) - use.step;
  if (age > 1) return "its time was over";
  const stepped = timeline.between(use.from, performance.now()).some(({ fault }) => fault.includes("clock"));
  return stepped || replicas.some(({ clockStepMs }) => clockStepMs !== 0) ? "a clock was wrong" : undefined;
}

/** As docs/api/reasons.md has it. */
export function reasonName(reason: RejectionReason): string {
  return Object.entries(RejectionReason).find(([, value]) => value === reason)?.[0] ?? String(reason);
}

/** A success forgives the scope beside its answer: a fault near it may have lost that. */
function isLocked({ timeline }: Stage, { tries }: CodeUse): boolean {
  const forgiven = tries.accepted.filter((at) => timeline.between(at, at + 500, 1_000).length === 0);
  const since = forgiven.at(-1) ?? 0;
  return tries.at.filter((at) => at > since).length >= MAX_ATTEMPTS;
}

const STEP_MS = 30_000;

export function stepAt(ms: number): number {
  return Math.floor(ms / STEP_MS);
}

/** How a code is given. */
export interface Style {
  readonly requestId: string;
  /** How often the same code is sent concurrently, under one id or each under its own. */
  readonly copies: number;
}

export function styleOf(random: Random, id: string): Style {
  return { requestId: random.chance(0.6) ? id : "", copies: random.chance(0.1) ? 3 : 1 };
}

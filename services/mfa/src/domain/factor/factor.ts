import type { FailureRecord } from "../throttle/failure-limits.js";
import type { LoginScope } from "../throttle/throttle-scope.js";
import type { UserId } from "../user-id.js";
import type { FactorMethod, SentMethod } from "./method.js";
import type { TotpParameters } from "./totp.js";

interface FactorBase {
  readonly id: string;
  /** Pending until a right code confirmed it. Only an active factor is used at login. */
  readonly state: "pending" | "active";
  readonly createTime: Date;
  /** The replay counter of the code accepted last: only a code with a higher one is accepted. */
  readonly replayCounter: bigint;
}

export interface TotpFactor extends FactorBase {
  readonly method: "totp";
  readonly parameters: TotpParameters;
  readonly sealedSecret: Buffer;
  /** An e-mail address for notices. It is not verified, so no code is ever sent there. */
  readonly sealedNoticeEmail: Buffer | undefined;
}

/** A factor whose codes are sent to a phone number or an address. Another destination is another factor, with its own id. */
export interface SentFactor extends FactorBase {
  readonly method: SentMethod;
  readonly sealedDestination: Buffer;
}

/** One user's enrolled method. */
export type Factor = TotpFactor | SentFactor;

/** The current set of backup codes, without the codes. */
export interface BackupCodesInfo {
  readonly generation: number;
  readonly salt: Buffer;
  readonly scheme: string;
  readonly remaining: number;
}

/** Everything that one read of a user returns, with secrets sealed. State and secret come from the same read (CVE-2026-95754). */
export interface UserMfa {
  readonly userId: UserId;
  readonly enabled: boolean;
  readonly verified: boolean;
  readonly method: FactorMethod | undefined;
  readonly factor: Factor | undefined;
  readonly backupCodes: BackupCodesInfo | undefined;
  readonly consecutiveFailures: { readonly primary: number; readonly backup: number };
  /** Wrong codes that success does not clear. */
  readonly failures: Readonly<Record<LoginScope, FailureRecord>>;
  readonly createTime: Date;
  readonly verifyTime: Date | undefined;
  readonly lastUseTime: Date | undefined;
}

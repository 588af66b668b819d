import type { AdminStore } from "../../domain/admin/admin-store.js";
import type { Actor } from "../../domain/audit/audit-event.js";
import type { ChallengeStore } from "../../domain/challenge/challenge-store.js";
import type { BackupCodeHasher } from "../../domain/crypto/backup-code-hasher.js";
import type { Macs } from "../../domain/crypto/macs.js";
import type { SecretCipher } from "../../domain/crypto/secret-cipher.js";
import type { EmailSender } from "../../domain/delivery/email-sender.js";
import type { NoticeKind, NoticeRules } from "../../domain/delivery/notice.js";
import type { SmsSender } from "../../domain/delivery/sms-sender.js";
import type { MfaStore } from "../../domain/enrolment/mfa-store.js";
import type { ImportStore } from "../../domain/import-export/import-store.js";
import type { MfaPolicy } from "../../domain/policy/mfa-policy.js";
import type { SendCounter } from "../../domain/send-quota/send-counter.js";
import type { SendLimits } from "../../domain/send-quota/send-limit.js";
import type { LowConversion } from "../../domain/send-quota/sms-conversion.js";
import type { SmsConversionCounter } from "../../domain/send-quota/sms-conversion-counter.js";
import type { AttemptStore } from "../../domain/verification/attempt-store.js";
import type { RequestLog } from "../../domain/verification/request-log.js";

/** Undefined if the channel has no provider: its method cannot be enrolled. */
export interface CodeSenders {
  readonly sms: SmsSender | undefined;
  readonly email: EmailSender | undefined;
}

/** Security notices, and the queue that sends them. */
export interface Notices {
  readonly rules: NoticeRules;
  /** Runs the work soon, after the answer, a few at a time. If too many wait, it drops the work. */
  readonly enqueue: (kind: NoticeKind, actor: Actor, work: () => Promise<void>) => void;
}

/** The dependencies of use cases. */
export interface Deps {
  readonly store: MfaStore;
  readonly admin: AdminStore;
  readonly imports: ImportStore;
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
  readonly sends: SendCounter;
  readonly completions: SmsConversionCounter;
  readonly requests: RequestLog;
  readonly sendLimits: SendLimits;
  readonly senders: CodeSenders;
  /** Longest that a message waits for a provider. */
  readonly deliveryTimeMs: number;
  readonly hasher: BackupCodeHasher;
  readonly cipher: SecretCipher;
  /** MACs of codes that were sent. */
  readonly codeMacs: Macs;
  /** MACs of the tokens that page through the audit log. */
  readonly pageMacs: Macs;
  /** The current policy. */
  readonly policy: () => MfaPolicy;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  /** 0 to `max` - 1, each as likely as any other. */
  readonly randomInt: (max: number) => number;
  readonly randomId: () => string;
  readonly lockoutScheduleMs: readonly number[];
  readonly notices: Notices;
  /** Called for each message whose SMS conversion rate is below the threshold. Must not throw. */
  readonly onLowCompletion: (low: LowConversion) => void;
  /** Runs what must neither delay nor fail the answer. Failures are logged, with the call's id; shutdown waits for what is under way. */
  readonly inBackground: (what: string, actor: Actor, work: () => Promise<void>) => void;
}

import type { MfaPolicy } from "../domain/policy.js";
import type { AttemptStore } from "../domain/ports/attempt-store.js";
import type { BackupCodeHasher } from "../domain/ports/backup-code-hasher.js";
import type { MfaStore } from "../domain/ports/mfa-store.js";
import type { SecretCipher } from "../domain/ports/secret-cipher.js";

/** What use cases are handed. */
export interface Deps {
  readonly store: MfaStore;
  readonly attempts: AttemptStore;
  readonly hasher: BackupCodeHasher;
  readonly cipher: SecretCipher;
  /** The policy in force at this moment. */
  readonly policy: () => MfaPolicy;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  readonly randomId: () => string;
  readonly lockLadderMs: readonly number[];
  /** Runs what must neither delay nor fail the answer. Failures are logged; shutdown waits for what is under way. */
  readonly inBackground: (what: string, work: () => Promise<void>) => void;
}

import { randomBytes, randomUUID } from "node:crypto";
import type { KeyRing } from "@countersign/field-crypto";
import type { Deps } from "../app/deps.js";
import { createBackupCodeHasher } from "../crypto/backup-code-hasher.js";
import { LOCK_LADDER_MS } from "../domain/attempt-policy.js";
import type { MfaPolicy } from "../domain/policy.js";
import { createMfaStore } from "../storage/postgres/postgres-mfa-store.js";
import type { Log } from "../telemetry/log.js";
import type { Background } from "./background.js";
import { auditRowMaker, backupCodePepper, secretCipher } from "./crypto.js";
import { type CryptoObserver, UNOBSERVED } from "./crypto-observer.js";
import { DEFAULT_MFA_POLICY } from "./mfa-policy.js";
import type { Stores } from "./stores.js";

/** What a test may state instead of the ambient world. None of it can be reached by configuration. */
export interface WorldOverrides {
  readonly now?: () => Date;
  readonly policy?: () => MfaPolicy;
  readonly lockLadderMs?: readonly number[];
  /** Cost of the slow hash of backup codes, as a power of two. */
  readonly backupCodeLogN?: number;
  readonly cryptoObserver?: CryptoObserver;
}

/** scrypt with N = 2^14, r = 8: 16 MiB and some 50 ms a hash. */
const BACKUP_CODE_LOG_N = 14;

/** Binds the ports of the domain to their adapters. */
export function useCaseDeps(
  parts: {
    readonly stores: Stores;
    readonly ring: () => KeyRing;
    readonly background: Background;
    readonly log: Log;
  },
  world: WorldOverrides,
): Deps {
  const { stores, ring, background } = parts;
  const alarm = { log: parts.log, observer: world.cryptoObserver ?? UNOBSERVED };
  const hasher = createBackupCodeHasher({
    pepper: backupCodePepper(ring, alarm),
    randomBytes,
    logN: world.backupCodeLogN ?? BACKUP_CODE_LOG_N,
    concurrency: 2,
    queueLimit: 128,
  });
  return {
    store: createMfaStore(stores.database, auditRowMaker(ring)),
    attempts: stores.attempts,
    hasher,
    cipher: secretCipher(ring, alarm),
    policy: world.policy ?? (() => DEFAULT_MFA_POLICY),
    now: world.now ?? (() => new Date()),
    randomBytes,
    randomId: randomUUID,
    lockLadderMs: world.lockLadderMs ?? LOCK_LADDER_MS,
    inBackground: (what, work) => background.run(what, work),
  };
}

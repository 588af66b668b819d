import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { KeyRing } from "@countersign/field-crypto";
import type { Log, Tracer } from "@countersign/telemetry-ports";
import type { CodeSenders, Deps } from "../app/dependencies/deps.js";
import type { ServiceConfig } from "../config/service-config.js";
import { createBackupCodeHasher } from "../crypto/backup-code-hasher.js";
import { type CryptoObserver, UNOBSERVED } from "../crypto/crypto-observer.js";
import { auditRowMaker, backupCodePepper, macsOf, secretCipher, userRefs } from "../crypto/keyed-ports.js";
import { isRecorded } from "../domain/audit/audit-switches.js";
import type { MfaPolicy } from "../domain/policy/mfa-policy.js";
import type { LowConversion } from "../domain/send-quota/sms-conversion.js";
import { LOCKOUT_SCHEDULE_MS } from "../domain/throttle/lockout-policy.js";
import type { UserId } from "../domain/user-id.js";
import type { Background } from "../jobs/background.js";
import type { NoticeQueue } from "../jobs/notice-queue.js";
import { createAdminStore } from "../storage/postgres/admin/postgres-admin-store.js";
import { createMfaStore, type StoreObserver } from "../storage/postgres/enrolment/postgres-mfa-store.js";
import { createImportStore } from "../storage/postgres/import-export/import-users.js";
import type { Stores } from "./stores/stores.js";

/** Values that a test may replace. None can be set by configuration. */
export interface WorldOverrides {
  readonly now?: () => Date;
  readonly policy?: () => MfaPolicy;
  readonly lockoutScheduleMs?: readonly number[];
  readonly senders?: CodeSenders;
  /** Cost of the slow hash of backup codes, as a power of two. */
  readonly backupCodeLogN?: number;
  readonly cryptoObserver?: CryptoObserver;
}

/** scrypt with N = 2^14, r = 8: 16 MiB and some 50 ms a hash. */
export const BACKUP_CODE_HASHING = { logN: 14, concurrency: 2, queueLimit: 128 } as const;

interface UseCaseParts {
  readonly config: ServiceConfig;
  readonly stores: Stores;
  readonly senders: CodeSenders;
  readonly ring: () => KeyRing;
  /** The pseudonym of a user. */
  readonly userRef: (userId: UserId) => string;
  readonly policy: () => MfaPolicy;
  readonly background: Background;
  readonly notices: NoticeQueue;
  readonly log: Log;
  readonly observer: StoreObserver;
  readonly tracer: Tracer | undefined;
  readonly onLowCompletion: (low: LowConversion) => void;
}

/** Binds the ports of the domain to their adapters. */
export function useCaseDeps(parts: UseCaseParts, world: WorldOverrides): Deps {
  const { config, stores, background, notices } = parts;
  const policy = world.policy ?? parts.policy;
  const { attempts, challenges, sends, completions, requests } = stores;
  return {
    ...durableStores(parts, policy),
    ...keyedPorts(parts, world),
    attempts,
    challenges,
    sends,
    completions,
    requests,
    onLowCompletion: parts.onLowCompletion,
    sendLimits: config.sendLimits,
    senders: world.senders ?? parts.senders,
    deliveryTimeMs: config.delivery.limits.totalMs,
    policy,
    now: world.now ?? (() => new Date()),
    randomBytes,
    randomInt,
    randomId: randomUUID,
    lockoutScheduleMs: world.lockoutScheduleMs ?? LOCKOUT_SCHEDULE_MS,
    notices: {
      rules: config.notices,
      enqueue: (kind, { requestId }, work) => notices.enqueue({ kind, requestId }, work),
    },
    inBackground: (what, { requestId }, work) => background.run(what, work, { request_id: requestId }),
  };
}

/** What is stored in Postgres. Rows that the policy does not record are still counted. */
function durableStores(
  { stores, ring, userRef, tracer, observer }: UseCaseParts,
  policy: () => MfaPolicy,
): Pick<Deps, "store" | "admin" | "imports"> {
  const auditRow = auditRowMaker(ring, userRef);
  const store = createMfaStore(stores.database, auditRow, { tracer, observer });
  return {
    store: {
      ...store,
      record: async (event) => {
        if (isRecorded(event, policy().audit)) await store.record(event);
        else observer.onEvent(event);
      },
    },
    admin: createAdminStore(stores, { auditRow, userRefs: userRefs(ring) }),
    imports: createImportStore(stores.database, auditRow),
  };
}

/** What works with the keys. */
function keyedPorts(
  { ring, log }: UseCaseParts,
  { cryptoObserver: observer = UNOBSERVED, backupCodeLogN: logN = BACKUP_CODE_HASHING.logN }: WorldOverrides,
): Pick<Deps, "hasher" | "cipher" | "codeMacs" | "pageMacs"> {
  const alarm = { log, observer };
  const pepper = backupCodePepper(ring, alarm);
  return {
    hasher: createBackupCodeHasher({ ...BACKUP_CODE_HASHING, logN, pepper, randomBytes }),
    cipher: secretCipher(ring, alarm),
    codeMacs: macsOf(ring, "code-mac"),
    pageMacs: macsOf(ring, "audit-mac"),
  };
}

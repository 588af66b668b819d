import type { KeyRing } from "@countersign/field-crypto";
import type { Log } from "@countersign/telemetry-ports";
import type { Database } from "../storage/postgres/database/database.js";
import { findLackingKeys, forgetUnusedKeys, missingKeyText } from "../storage/postgres/keys/keys-in-use.js";
import type { OwnedKeyRing } from "./key-ring.js";

/** Checks that the key ring has the keys that the database needs. */
export interface KeyGuard extends AsyncDisposable {
  /** Checks now. Rejects if the database does not answer; the last result then stays. */
  look(): Promise<void>;
  /** Checks repeatedly from now on. */
  start(): void;
  /** What the ring lacks, in words, by the last check. */
  readonly why: () => string | undefined;
}

interface KeyGuardOptions {
  /** A database without a gate. */
  readonly database: Database;
  readonly keys: Pick<OwnedKeyRing, "current" | "reload">;
  /** Called after the first check and with each change. Undefined: the ring lacks nothing. */
  readonly onJudged: (why: string | undefined) => void;
  readonly intervalMs: number;
  readonly log: Log;
}

/**
 * Makes a replica unready while its ring lacks a key that rows name: their users would get INTERNAL, and new enrolments would be sealed under a key
 * that the other replicas do not have. Rows can name a new key later, if another replica has read the key folder first.
 */
export function createKeyGuard({ database, keys, onJudged, intervalMs, log }: KeyGuardOptions): KeyGuard {
  let why: string | undefined;
  let judged = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();

  async function missing(): Promise<string | undefined> {
    const [first] = await missingKeys(database, keys.current());
    if (first === undefined) return undefined;
    // The folder may have it by now.
    await keys.reload();
    const still = await missingKeys(database, keys.current());
    return still.length === 0 ? undefined : still.map(missingKeyText).join("; ");
  }

  async function look(): Promise<void> {
    const found = await missing();
    if (judged && found === why) return;
    const wasMissing = why !== undefined;
    why = found;
    judged = true;
    if (why !== undefined) log.error({ reason: why }, "not ready: the key ring lacks a key");
    else if (wasMissing) log.info({}, "key ring is complete again");
    onJudged(why);
  }

  return {
    look,
    start() {
      timer = setInterval(() => {
        // An unavailable database is reported elsewhere.
        looking = looking.then(look).catch(() => undefined);
      }, intervalMs).unref();
    },
    why: () => why,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
    },
  };
}

/** Why a ring must not replace the current one: what it lacks, or that the check failed. Never rejects. */
export async function objectionsTo(ring: KeyRing, database: () => Database): Promise<readonly string[]> {
  try {
    return (await missingKeys(database(), ring)).map(missingKeyText);
  } catch {
    return ["the database could not be asked which keys it needs"];
  }
}

/** For commands, before they change anything. Throws if the ring lacks a key. */
export async function requireKeysInUse(database: Database, ring: KeyRing): Promise<void> {
  const { missing } = await database.run((orm) => findLackingKeys(orm, ring.ids("field-encryption")));
  if (missing.length > 0) throw new Error(missing.map(missingKeyText).join("; "));
}

async function missingKeys(database: Database, ring: KeyRing): Promise<readonly string[]> {
  const usable = ring.ids("field-encryption");
  const { missing, unused } = await database.run((orm) => findLackingKeys(orm, usable));
  return unused.length === 0 ? missing : [...missing, ...(await forgetUnusedKeys(database, unused))];
}

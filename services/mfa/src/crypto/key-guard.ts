import type { KeyRing } from "@countersign/field-crypto";
import type { Log } from "@countersign/telemetry-ports";
import type { Database } from "../storage/postgres/database/database.js";
import { findLackingKeys, forgetUnusedKeys, missingKeyText } from "../storage/postgres/keys/keys-in-use.js";
import type { OwnedKeyRing } from "./key-ring.js";

/** Holds the key ring to the keys that the database needs. */
export interface KeyGuard extends AsyncDisposable {
  /** Looks now. Rejects when the database does not answer, which leaves the last judgement as it is. */
  look(): Promise<void>;
  /** Looks again and again from now on. */
  start(): void;
  /** What the ring lacks, in words, as it was seen last. */
  readonly why: () => string | undefined;
}

interface KeyGuardOptions {
  /** Whose work no gate holds back. */
  readonly database: Database;
  readonly keys: Pick<OwnedKeyRing, "current" | "reload">;
  /** Called after the first look and with each change. Undefined: the ring lacks nothing. */
  readonly onJudged: (why: string | undefined) => void;
  readonly intervalMs: number;
  readonly log: Log;
}

/**
 * Takes a replica out while its ring lacks a key that rows name: their users would hear INTERNAL, and whoever enrols would be sealed under a
 * key that the other replicas do not have. Rows can come to name another key later, when another replica has read the key folder first.
 */
export function createKeyGuard({ database, keys, onJudged, intervalMs, log }: KeyGuardOptions): KeyGuard {
  let why: string | undefined;
  let judged = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();

  async function missing(): Promise<string | undefined> {
    const [first] = await missingKeys(database, keys.current());
    if (first === undefined) return undefined;
    // Perhaps the folder has it by now.
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
    else if (wasMissing) log.info({}, "the key ring has every key that the database needs again");
    onJudged(why);
  }

  return {
    look,
    start() {
      timer = setInterval(() => {
        // Whether the database answers is told elsewhere.
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

/** What keeps a ring from replacing the one in force: what it lacks, or that this could not be found out. Never rejects. */
export async function objectionsTo(ring: KeyRing, database: () => Database): Promise<readonly string[]> {
  try {
    return (await missingKeys(database(), ring)).map(missingKeyText);
  } catch {
    return ["the database could not be asked which keys it needs"];
  }
}

/** For commands, which change nothing before. Throws for a ring that lacks a key. */
export async function requireKeysInUse(database: Database, ring: KeyRing): Promise<void> {
  const { missing } = await database.run((orm) => findLackingKeys(orm, ring.ids("field-encryption")));
  if (missing.length > 0) throw new Error(missing.map(missingKeyText).join("; "));
}

async function missingKeys(database: Database, ring: KeyRing): Promise<readonly string[]> {
  const usable = ring.ids("field-encryption");
  const { missing, unused } = await database.run((orm) => findLackingKeys(orm, usable));
  return unused.length === 0 ? missing : [...missing, ...(await forgetUnusedKeys(database, unused))];
}

import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { BackupCodeHasher } from "../domain/crypto/backup-code-hasher.js";
import { MfaError } from "../domain/errors.js";

/** The pepper: a keyed hash whose key is not in the database. Throws if the key is unknown or retired. */
export interface Pepper {
  readonly activeKeyId: () => string;
  readonly mac: (keyId: string, code: string, requestId?: string) => Buffer;
}

interface HasherOptions {
  readonly pepper: Pepper;
  readonly randomBytes: (size: number) => Buffer;
  /** Cost of new sets: N = 2^logN, with r = 8 and p = 1. 14 takes 16 MiB and some 50 ms. Existing sets keep theirs. */
  readonly logN: number;
  /** Concurrent hashes. Below libuv's four threads, so that name resolution and files are not starved. */
  readonly concurrency: number;
  /** Hashes that may wait. Beyond it the service sheds load: a slow hash helps denial of service. */
  readonly queueLimit: number;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const SCHEME = /^scrypt:(1[0-7]):([a-z0-9-]{1,64})$/;
const derive = promisify<Buffer, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);

/** scrypt (RFC 7914) over an HMAC of the code. */
export function createBackupCodeHasher(options: HasherOptions): BackupCodeHasher {
  const admit = createGate(options.concurrency, options.queueLimit);
  return {
    newSalt: () => ({
      salt: options.randomBytes(SALT_BYTES),
      scheme: `scrypt:${options.logN}:${options.pepper.activeKeyId()}`,
    }),
    hash: (code, set, requestId) => {
      const [, logN, keyId] = SCHEME.exec(set.scheme) ?? [];
      if (logN === undefined || keyId === undefined) throw new Error("unknown scheme of backup codes");
      const N = 2 ** Number(logN);
      const peppered = options.pepper.mac(keyId, code, requestId);
      return admit(() => derive(peppered, set.salt, HASH_BYTES, { N, r: 8, p: 1, maxmem: 256 * N * 8 }));
    },
  };
}

/** Runs at most `concurrency` hashes concurrently and lets at most `queueLimit` wait, first come, first served. */
function createGate(concurrency: number, queueLimit: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async function admit<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrency) {
      if (waiting.length >= queueLimit) {
        throw new MfaError("OVERLOADED", "too many backup codes are being checked", { retryAfterMs: 1_000 });
      }
      await new Promise<void>((resolve) => waiting.push(resolve)); // a finished hash hands over its place
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

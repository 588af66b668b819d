import { createHash, createHmac } from "node:crypto";

/**
 * A user of the benchmark. Everything about one follows from its number, so that the seeding, the load client and the peers know the same
 * users without telling each other: ids look and sort like random UUIDs, as in a real system.
 */
export function userIdOf(index: number): string {
  return uuidOf(`user-${index}`);
}

export function factorIdOf(index: number): string {
  return uuidOf(`factor-${index}`);
}

/** As Postgres' `md5(text)::uuid`, so that it can make the users that never log in by itself. */
function uuidOf(text: string): string {
  const hex = createHash("md5").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const SECRET_BYTES = 20;

export function totpSecretOf(index: number): Buffer {
  return createHash("sha256").update(`bench-secret-${index}`).digest().subarray(0, SECRET_BYTES);
}

/** RFC 6238 with SHA-1, six digits. */
export function totpCodeOf(index: number, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", totpSecretOf(index)).update(counter).digest();
  const start = (mac[mac.length - 1] ?? 0) & 0xf;
  return ((mac.readUInt32BE(start) & 0x7fffffff) % 1_000_000).toString().padStart(6, "0");
}

export const STEP_SECONDS = 30;

/** The backup codes of every user: as the salt is the same for all too, ten slow hashes make the codes of everybody. */
export const BACKUP_CODES: readonly string[] = Array.from({ length: 10 }, (_, number) =>
  createHash("sha256").update(`bench-code-${number}`).digest("hex").slice(0, 12).toUpperCase(),
);

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => BASE32[Number.parseInt(group.padEnd(5, "0"), 2)])
    .join("");
}

/** Users whose method is e-mail come after all others. */
export const EMAIL_USERS = 8_000;

export function emailOf(index: number): string {
  return `${userIdOf(index)}@example.com`;
}

/** The users that log in: at most `wanted` of `total`, spread evenly over all of them. */
export function activeUsers(total: number, wanted: number): number[] {
  const count = Math.min(total, wanted);
  return Array.from({ length: count }, (_, position) => Math.floor((position * total) / count));
}

import { createHmac } from "node:crypto";
import { decodeBase32 } from "./base32.js";
import type { TotpParameters } from "./totp.js";
import { MAX_SECRET_BYTES, MIN_SECRET_BYTES } from "./totp-secret.js";

const CODE = { 6: /^[0-9]{6}$/, 8: /^[0-9]{8}$/ } as const;
const MODULUS = { 6: 1_000_000, 8: 100_000_000 } as const;
const HASHES = { SHA1: "sha1", SHA256: "sha256", SHA512: "sha512" } as const;

/**
 * The earliest time step within `window` steps of `at` either way whose code this is (RFC 6238 section 5.2), or undefined. What is malformed
 * is no code. Codes are compared as numbers, in one step of the processor: time says nothing of how alike they are.
 */
export function matchTotp(input: {
  /** Base32 without padding. */
  readonly secret: string;
  readonly parameters: TotpParameters;
  readonly code: string;
  readonly at: Date;
  readonly window: number;
}): bigint | undefined {
  const { parameters, code, window } = input;
  const key = decodeBase32(input.secret);
  const step = Math.floor(Math.floor(input.at.getTime() / 1_000) / parameters.periodSeconds);
  if (key === undefined || key.length < MIN_SECRET_BYTES || key.length > MAX_SECRET_BYTES) return undefined;
  if (!CODE[parameters.digits].test(code) || !(step >= 0)) return undefined;
  const wanted = Number(code);
  for (let candidate = Math.max(0, step - window); candidate <= step + window; candidate += 1) {
    if (codeOf(key, parameters, candidate) === wanted) return BigInt(candidate);
  }
  return undefined;
}

const COUNTER_BYTES = 8;
const LOW = 2 ** 32;

/** HOTP of RFC 4226 section 5.3, with the hash of RFC 6238. */
function codeOf(key: Buffer, { algorithm, digits }: TotpParameters, step: number): number {
  const counter = Buffer.allocUnsafe(COUNTER_BYTES);
  counter.writeUInt32BE(Math.floor(step / LOW), 0);
  counter.writeUInt32BE(step % LOW, 4);
  const mac = createHmac(HASHES[algorithm], key).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  return (mac.readUInt32BE(offset) & 0x7fff_ffff) % MODULUS[digits];
}

import { createHmac } from "node:crypto";
import { crypto } from "@otplib/plugin-crypto-node";
import { generateSecret } from "otplib";
import { type Parsed, parsed, problem } from "../parsed.js";

/** RFC 6238 parameters, stored with each factor so that a change of policy never breaks an enrolled authenticator. */
export interface TotpParameters {
  readonly algorithm: "SHA1" | "SHA256" | "SHA512";
  readonly digits: 6 | 8;
  /** Length of a time step in seconds. */
  readonly periodSeconds: number;
}

/** A secret with its parameters: everything that codes are computed from. */
export interface TotpKey {
  readonly secret: string;
  readonly parameters: TotpParameters;
}

/** RFC 4226 section 4 R6 recommends 160 bits. */
const SECRET_BYTES = 20;

/** A fresh secret in base32 without padding. */
export function generateTotpSecret(): string {
  return generateSecret({ crypto, length: SECRET_BYTES });
}

/** The time step at this time. */
export function totpStep(at: Date, { periodSeconds }: Pick<TotpParameters, "periodSeconds">): bigint {
  return BigInt(Math.floor(at.getTime() / 1000 / periodSeconds));
}

const CODE = { 6: /^[0-9]{6}$/, 8: /^[0-9]{8}$/ } as const;
const MODULUS = { 6: 1_000_000, 8: 100_000_000 } as const;
const HASHES = { SHA1: "sha1", SHA256: "sha256", SHA512: "sha512" } as const;

/**
 * The earliest time step within `window` steps of `at` either way whose code this is (RFC 6238 section 5.2), or undefined. Malformed input is no
 * code. Codes are compared as numbers, in constant time.
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

/** What an authenticator shows in this time step. Throws RangeError for a secret that is not base32. */
export function totpCode({ secret, parameters }: TotpKey, step: bigint): string {
  const key = decodeBase32(secret);
  if (key === undefined) throw new RangeError("the secret is not base32");
  return String(codeOf(key, parameters, Number(step))).padStart(parameters.digits, "0");
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

/** Allowed lengths of secrets, as in otplib: RFC 4226 section 4 asks for 128 bits, and HMAC gains nothing beyond 512. */
const MIN_SECRET_BYTES = 16;
const MAX_SECRET_BYTES = 64;

/** A base32 secret of another system, in the canonical form that is stored: upper case, without padding and spare bits. */
export function parseTotpSecret(input: string): Parsed<string> {
  const secret = withoutSpareBits(input.replace(/={1,6}$/, "").toUpperCase());
  const bytes = decodeBase32(secret);
  if (bytes === undefined || secret === "") return problem("is not base32 (RFC 4648)");
  if (bytes.length < MIN_SECRET_BYTES) return problem("is shorter than 128 bits (RFC 4226 section 4)");
  if (bytes.length > MAX_SECRET_BYTES) return problem("is longer than 512 bits");
  return parsed(secret);
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const NO_LETTER = 0xff;
const BITS = 5;

const values = new Uint8Array(128).fill(NO_LETTER);
for (let value = 0; value < LETTERS.length; value += 1) values[LETTERS.charCodeAt(value)] = value;

/** The bytes of base32 in upper case and without padding (RFC 4648 section 6); undefined if no encoder could have made it. */
function decodeBase32(text: string): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(Math.floor((text.length * BITS) / 8));
  let [held, bits, length] = [0, 0, 0];
  for (let position = 0; position < text.length; position += 1) {
    const value = values[text.charCodeAt(position)] ?? NO_LETTER;
    if (value === NO_LETTER) return undefined;
    held = ((held << BITS) | value) & 0xfff;
    bits += BITS;
    if (bits >= 8) {
      bits -= 8;
      bytes[length] = held >> bits;
      length += 1;
    }
  }
  const isWhole = bits < BITS && (held & ((1 << bits) - 1)) === 0;
  return isWhole ? bytes : undefined;
}

/**
 * The canonical encoding of the same bytes. Some systems choose letters at random and leave bits set beyond the last whole byte; authenticator apps
 * drop those, and a strict decoder refuses them.
 */
function withoutSpareBits(text: string): string {
  const spare = (text.length * BITS) % 8;
  const last = LETTERS.indexOf(text.slice(-1));
  return last < 0 ? text : text.slice(0, -1) + LETTERS.charAt((last >> spare) << spare);
}

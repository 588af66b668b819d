import { crypto } from "@otplib/plugin-crypto-node";
import fc from "fast-check";
import { generateSync, verifySync } from "otplib";
import { describe, expect, test } from "vitest";
import { matchTotp, type TotpParameters } from "./totp.js";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => BASE32[Number.parseInt(five.padEnd(5, "0"), 2)])
    .join("");
}

/** RFC 6238 appendix B: the seed repeats these digits to the length of the digest. */
const seed = (length: number) => base32(Buffer.from("1234567890".repeat(7).slice(0, length)));
const SEEDS = { SHA1: seed(20), SHA256: seed(32), SHA512: seed(64) } as const;
const VECTORS: readonly [number, string, string, string][] = [
  [59, "94287082", "46119246", "90693936"],
  [1111111109, "07081804", "68084774", "25091201"],
  [1111111111, "14050471", "67062674", "99943326"],
  [1234567890, "89005924", "91819424", "93441116"],
  [2000000000, "69279037", "90698825", "38618901"],
  [20000000000, "65353130", "77737706", "47863826"],
];

describe("RFC 6238 appendix B", () => {
  for (const [seconds, ...codes] of VECTORS) {
    for (const [index, algorithm] of (["SHA1", "SHA256", "SHA512"] as const).entries()) {
      test(`RFC 6238 appendix B: ${algorithm} at ${seconds}`, () => {
        const parameters = { algorithm, digits: 8, periodSeconds: 30 } as const;
        const at = new Date(seconds * 1000);
        const match = matchTotp({ secret: SEEDS[algorithm], parameters, code: codes[index]!, at, window: 0 });
        expect(match).toBe(BigInt(Math.floor(seconds / 30)));
      });
    }
  }
});

/** RFC 4226 appendix D: HOTP counters 0 to 9, which are the time steps of TOTP. */
const HOTP = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489".split(" ");
const SIX: TotpParameters = { algorithm: "SHA1", digits: 6, periodSeconds: 30 };

describe("matchTotp", () => {
  const stepOf = (code: string, seconds: number, window = 1) =>
    matchTotp({ secret: SEEDS.SHA1, parameters: SIX, code, at: new Date(seconds * 1000), window });

  test.each(HOTP.map((code, step) => [code, step] as const))("code %s is time step %i", (code, step) => {
    expect(stepOf(code, step * 30 + 15, 0)).toBe(BigInt(step));
  });

  test.each([
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ])("a code %i steps off at either end of a step: accepted is %s", (offset, accepted) => {
    for (const second of [1, 29]) {
      expect(stepOf(HOTP[5 + offset]!, 5 * 30 + second) !== undefined).toBe(accepted);
    }
  });

  test.each([
    "",
    " 54676",
    "25467",
    "2546760",
    "２５４６７６",
    "٢٥٤٦٧٦",
    "+25467",
    "0x1234",
    "254676\n",
    "25467\0",
  ])("matchTotp refuses the malformed code %j", (code) => {
    expect(stepOf(code, 5 * 30)).toBeUndefined();
  });
});

/** otplib as the reference: it throws where we answer undefined. */
function otplibMatch({ secret, parameters, code, at, window }: Parameters<typeof matchTotp>[0]) {
  const { algorithm, digits, periodSeconds: period } = parameters;
  try {
    const result = verifySync({
      secret,
      token: code,
      algorithm: algorithm.toLowerCase() as "sha1" | "sha256" | "sha512",
      digits,
      period,
      epoch: Math.floor(at.getTime() / 1000),
      epochTolerance: window * period,
      crypto,
    });
    return result.valid && "timeStep" in result ? BigInt(result.timeStep) : undefined;
  } catch {
    return undefined;
  }
}

describe("agrees with otplib", () => {
  const parameters = fc.record({
    algorithm: fc.constantFrom("SHA1", "SHA256", "SHA512"),
    digits: fc.constantFrom(6, 8),
    periodSeconds: fc.constantFrom(15, 30, 60),
  });
  const secret = fc.uint8Array({ minLength: 14, maxLength: 66 }).map((bytes) => base32(Buffer.from(bytes)));
  const at = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
  const window = fc.integer({ min: 0, max: 2 });

  test("matchTotp agrees with otplib on the codes of the steps around, of any secret", () => {
    const offset = fc.integer({ min: -3, max: 3 });
    fc.assert(
      fc.property(secret, parameters, at, window, offset, (key, own, when, steps, off) => {
        const { algorithm, digits, periodSeconds: period } = own;
        const epoch = Math.max(0, Math.floor(when.getTime() / 1000) + off * period);
        const isUsable = key.length >= 26 && key.length <= 103;
        const name = algorithm.toLowerCase() as "sha1";
        const code = isUsable
          ? generateSync({ secret: key, algorithm: name, digits, period, epoch, crypto })
          : "0".repeat(digits);
        const input = { secret: key, parameters: own, code, at: when, window: steps };
        expect(matchTotp(input)).toBe(otplibMatch(input));
        if (isUsable && Math.abs(off) <= steps && epoch > 0) expect(matchTotp(input)).toBeDefined();
      }),
    );
  });

  test("matchTotp agrees with otplib on any other text for a code, and on secrets that are no base32", () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from("0123456789"), "a", " ", "+", "\n", "７"),
      maxLength: 9,
    });
    const letters = fc.string({
      unit: fc.constantFrom(...Array.from(BASE32), "1", "=", "é"),
      minLength: 24,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(secret, letters), parameters, at, text, (key, own, when, code) => {
        const input = { secret: key, parameters: own, code, at: when, window: 1 };
        expect(matchTotp(input)).toBe(otplibMatch(input));
      }),
    );
  });
});

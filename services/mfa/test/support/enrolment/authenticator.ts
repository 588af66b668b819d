import { createHmac } from "node:crypto";

/** An authenticator app of its own: RFC 6238 written out, sharing no code with the service. */
export interface Authenticator {
  /** The code of the step that holds this moment, in milliseconds, or of one `offset` steps later. */
  code(at: number, offset?: number): string;
}

export function authenticatorFor(uri: string): Authenticator {
  const parameters = new URL(uri).searchParams;
  const key = decodeBase32(parameters.get("secret") ?? "");
  const digits = Number(parameters.get("digits") ?? 6);
  const period = Number(parameters.get("period") ?? 30);
  const algorithm = (parameters.get("algorithm") ?? "SHA1").toLowerCase();
  return {
    code(at, offset = 0) {
      const counter = Buffer.alloc(8);
      counter.writeBigUInt64BE(BigInt(Math.floor(at / 1000 / period) + offset));
      const mac = createHmac(algorithm, key).update(counter).digest();
      const start = mac[mac.length - 1]! & 0xf;
      const number = (mac.readUInt32BE(start) & 0x7fffffff) % 10 ** digits;
      return number.toString().padStart(digits, "0");
    },
  };
}

/** A code that is none of those around this moment. */
export function wrongCode(authenticator: Authenticator, at: number): string {
  const near = new Set([-2, -1, 0, 1, 2].map((offset) => authenticator.code(at, offset)));
  for (let number = 0; ; number += 1) {
    const code = number.toString().padStart(authenticator.code(at).length, "0");
    if (!near.has(code)) return code;
  }
}

export function decodeBase32(text: string): Buffer {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(text.toUpperCase(), (char) =>
    alphabet.indexOf(char).toString(2).padStart(5, "0"),
  ).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

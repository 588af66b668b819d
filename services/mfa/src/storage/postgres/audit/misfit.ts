import type { Mac } from "@countersign/field-crypto";

/** Why a signature was not accepted. A key that was retired early cannot verify, whether or not the signature is genuine. */
export function misfit(mac: Mac, keyId: string, what: "MAC" | "signature"): string {
  const isThere = mac.macWith(keyId, []) !== undefined;
  return isThere
    ? `its ${what} does not fit`
    : `its ${what} cannot be checked, for the key ring has no key ${JSON.stringify(keyId)} or has retired it`;
}

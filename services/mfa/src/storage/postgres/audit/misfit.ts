import type { Mac } from "@countersign/field-crypto";

/** Why what is signed under a key was not found genuine. A key that was retired early proves nothing any more, honest or not. */
export function misfit(mac: Mac, keyId: string, what: "MAC" | "signature"): string {
  const isThere = mac.macWith(keyId, []) !== undefined;
  return isThere
    ? `its ${what} does not fit`
    : `its ${what} cannot be checked, for the key ring has no key ${JSON.stringify(keyId)} or has retired it`;
}

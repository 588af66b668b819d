import { randomBytes } from "node:crypto";
import { createFieldCipher, createMac, type KeyRing } from "@countersign/field-crypto";
import type { Pepper } from "../crypto/backup-code-hasher.js";
import type { SealContext, SecretCipher } from "../domain/ports/secret-cipher.js";
import type { UserId } from "../domain/user-id.js";
import { type AuditRowMaker, createAuditRowMaker } from "../storage/postgres/audit-table.js";

/** Binds the ports of the domain to the key ring. */
export function secretCipher(ring: KeyRing): SecretCipher {
  const cipher = createFieldCipher(ring);
  const bound = ({ userId, factorId, column }: SealContext) => ({
    owner: userId,
    field: `mfa_factors.${column}:${factorId}`,
  });
  return {
    seal: (plaintext, context) => cipher.seal(plaintext, bound(context)),
    open: (sealed, context) => cipher.open(sealed, bound(context)).toString("utf8"),
  };
}

export function backupCodePepper(ring: KeyRing): Pepper {
  const mac = createMac(ring, "backup-pepper");
  return {
    activeKeyId: () => ring.active("backup-pepper").id,
    mac: (keyId, code) => {
      const peppered = mac.macWith(keyId, ["backup-code", code]);
      if (peppered === undefined) throw new Error(`the pepper ${keyId} is unknown or retired`);
      return peppered;
    },
  };
}

const USER_REF_BYTES = 16;

/** The pseudonym under which the audit log speaks of a user. */
function userRef(ring: KeyRing): (userId: UserId) => string {
  const mac = createMac(ring, "user-pseudonym");
  return (userId) => mac.mac(["audit-user", userId]).toString("base64url", 0, USER_REF_BYTES);
}

/** Makes the rows of the audit log, each with a pseudonym for its user and a MAC. */
export function auditRowMaker(ring: KeyRing): AuditRowMaker {
  const mac = createMac(ring, "audit-mac");
  return createAuditRowMaker({ userRef: userRef(ring), sign: (parts) => mac.sign(parts), randomBytes });
}

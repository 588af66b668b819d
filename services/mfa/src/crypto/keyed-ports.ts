import { randomUUID } from "node:crypto";
import {
  createFieldCipher,
  createMac,
  type KeyRing,
  type KeyRingSource,
  type MacPurpose,
  OpenError,
} from "@countersign/field-crypto";
import type { Log } from "@countersign/telemetry-ports";
import type { Macs } from "../domain/crypto/macs.js";
import type { SealContext, SecretCipher } from "../domain/crypto/secret-cipher.js";
import { internalFault } from "../domain/errors.js";
import type { UserId } from "../domain/user-id.js";
import { type AuditRowMaker, createAuditRowMaker } from "../storage/postgres/audit/audit-table.js";
import type { Pepper } from "./backup-code-hasher.js";
import type { CryptoObserver } from "./crypto-observer.js";

interface Alarm {
  readonly log: Log;
  readonly observer: CryptoObserver;
}

/** Binds the ports of the domain to the key ring. A value that cannot be decrypted is logged and counted, and its call ends as INTERNAL. */
export function secretCipher(ring: KeyRingSource, { log, observer }: Alarm): SecretCipher {
  const cipher = createFieldCipher(ring);
  return {
    seal: (plaintext, context) => cipher.seal(plaintext, bound(context)),
    open: (sealed, context, requestId) => {
      try {
        return cipher.open(sealed, bound(context)).toString("utf8");
      } catch (error) {
        if (!(error instanceof OpenError)) throw error;
        const { factorId, column } = context;
        const where = { column, factor_id: factorId };
        log.error(
          { ...requestNamed(requestId), reason: error.reason, ...where },
          "decrypting a stored value failed",
        );
        observer.valueRefused(error.reason, column);
        throw internalFault({ sealed_value: error.reason, column }, error);
      }
    },
  };
}

/** Empty for a command, whose log has its own fields or none. */
function requestNamed(requestId: string | undefined): { readonly request_id?: string } {
  return requestId === undefined ? {} : { request_id: requestId };
}

/** Seals a value again under the active key; undefined if the active key sealed it. Throws OpenError. */
export type Rewrap = (sealed: Buffer, context: SealContext) => Buffer | undefined;

export function secretRewrap(ring: KeyRingSource): Rewrap {
  const cipher = createFieldCipher(ring);
  return (sealed, context) =>
    cipher.needsRewrap(sealed) ? cipher.rewrap(sealed, bound(context)) : undefined;
}

function bound({ userId, factorId, column }: SealContext): { owner: string; field: string } {
  return { owner: userId, field: `mfa_factors.${column}:${factorId}` };
}

export function backupCodePepper(ring: () => KeyRing, { log, observer }: Alarm): Pepper {
  const mac = createMac(ring, "backup-pepper");
  return {
    activeKeyId: () => ring().active("backup-pepper").id,
    mac: (keyId, code, requestId) => {
      const peppered = mac.macWith(keyId, ["backup-code", code]);
      if (peppered !== undefined) return peppered;
      log.error(
        { ...requestNamed(requestId), key_id: keyId },
        "backup codes use an unknown or retired pepper key",
      );
      observer.pepperMissing();
      throw internalFault({ pepper: "unknown-key" });
    },
  };
}

/** MACs under the keys of one purpose, as text. */
export function macsOf(ring: KeyRingSource, purpose: MacPurpose): Macs {
  const mac = createMac(ring, purpose);
  const text = (bytes: Buffer) => bytes.toString("base64url");
  return {
    sign: (parts) => text(mac.mac(parts)),
    candidates: (parts) => mac.macs(parts).map((each) => text(each.mac)),
    verify: (parts, signed) => mac.verify(parts, Buffer.from(signed, "base64url")),
  };
}

/** The name under which a limited subject is counted: Redis holds no phone number or address. */
export function sendSubjectName(ring: KeyRingSource): (subject: readonly string[]) => string {
  const mac = createMac(ring, "phone-index");
  return (subject) => mac.mac(["send-limit", ...subject]).toString("base64url");
}

const USER_REF_BYTES = 16;

/** Largest number of pseudonyms in memory. */
const REMEMBERED_REFS = 1_000;

/**
 * A user's pseudonym in the audit log and in access lines. It differs with each active key. The latest ones are cached, so that a call that needs one
 * for both computes it once.
 */
export function userRefMaker(ring: KeyRingSource): (userId: UserId) => string {
  const mac = createMac(ring, "user-pseudonym");
  const remembered = new Map<UserId, string>();
  let madeWith: KeyRing | undefined;
  return (userId) => {
    const current = typeof ring === "function" ? ring() : ring;
    if (madeWith !== current || remembered.size >= REMEMBERED_REFS) remembered.clear();
    madeWith = current;
    const known = remembered.get(userId);
    if (known !== undefined) return known;
    const made = refOf(mac.mac(refParts(userId)));
    remembered.set(userId, made);
    return made;
  };
}

/** The user's pseudonyms under every usable key. Those under retired keys are in `mfa_audit_subjects`. */
export function userRefs(ring: KeyRingSource): (userId: string) => readonly string[] {
  const mac = createMac(ring, "user-pseudonym");
  return (userId) => mac.macs(refParts(userId)).map((keyed) => refOf(keyed.mac));
}

function refParts(userId: string): readonly string[] {
  return ["audit-user", userId];
}

function refOf(mac: Buffer): string {
  return mac.toString("base64url", 0, USER_REF_BYTES);
}

/** Creates the rows of the audit log, each with a pseudonym for its user and a MAC. */
export function auditRowMaker(
  ring: KeyRingSource,
  userRef: (userId: UserId) => string = userRefMaker(ring),
): AuditRowMaker {
  const mac = createMac(ring, "audit-mac");
  return createAuditRowMaker({
    userRef,
    sign: (parts) => mac.sign(parts),
    randomId: randomUUID,
  });
}

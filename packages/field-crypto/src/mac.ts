import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { MacPurpose } from "./key-purpose.js";
import { type KeyRingSource, type PurposeKey, ringGetter } from "./key-ring.js";
import { encodeTuple, type TuplePart } from "./tuple.js";

const MAC_BYTES = 32;

/** A MAC with the id of its key, to be stored together. */
export interface KeyedMac {
  readonly keyId: string;
  readonly mac: Buffer;
}

/** HMAC-SHA-256 over tuples. Two uses of one purpose need different first parts, or a MAC of one would be valid for the other. */
export interface Mac {
  /** 32 bytes under the active key. */
  mac(parts: readonly TuplePart[]): Buffer;
  /** As `mac`, with the id of the key that made it. */
  sign(parts: readonly TuplePart[]): KeyedMac;
  /** Under the key `keyId`; undefined if it is retired or unknown, which must be refused. */
  macWith(keyId: string, parts: readonly TuplePart[]): Buffer | undefined;
  /** Under every usable key, the active one first: for lookups during a rotation. */
  macs(parts: readonly TuplePart[]): readonly KeyedMac[];
  /** Whether `mac` was made under any usable key, or under `keyId` when given; compared in constant time, whole. */
  verify(parts: readonly TuplePart[], mac: Uint8Array, keyId?: string): boolean;
}

export function createMac(source: KeyRingSource, purpose: MacPurpose): Mac {
  const ring = ringGetter(source);

  function usableKeys(keyId?: string): PurposeKey[] {
    const current = ring();
    const ids = keyId === undefined ? current.ids(purpose) : [keyId];
    return ids.flatMap((id) => current.find(purpose, id) ?? []);
  }

  function macs(parts: readonly TuplePart[], keyId?: string): KeyedMac[] {
    return usableKeys(keyId).map((key) => ({ keyId: key.id, mac: macOf(key.secret, parts) }));
  }

  return {
    mac: (parts) => macOf(ring().active(purpose).secret, parts),
    sign(parts) {
      const key = ring().active(purpose);
      return { keyId: key.id, mac: macOf(key.secret, parts) };
    },
    macWith: (keyId, parts) => macs(parts, keyId)[0]?.mac,
    macs: (parts) => macs(parts),
    verify: (parts, mac, keyId) => macs(parts, keyId).some((own) => isEqual(own.mac, mac)),
  };
}

export function hmacSha256(key: KeyObject, message: Uint8Array): Buffer {
  return createHmac("sha256", key).update(message).digest();
}

function macOf(key: KeyObject, parts: readonly TuplePart[]): Buffer {
  const message = encodeTuple(parts);
  const mac = hmacSha256(key, message);
  // The message may be a one-time code, and small buffers share Node's pool.
  message.fill(0);
  return mac;
}

function isEqual(own: Buffer, given: Uint8Array): boolean {
  return given.length === MAC_BYTES && timingSafeEqual(own, given);
}

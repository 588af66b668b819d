import type { KeyObject } from "node:crypto";
import { derivePurposeKey } from "./derive-key.js";
import { KEY_PURPOSES, type KeyPurpose } from "./key-purpose.js";
import { KeyRingError } from "./key-ring-error.js";
import { infoOf, KEY_ID, type KeyInfo, type MasterKey, masterKeyFromBase64 } from "./master-key.js";

/** A key of one purpose: 32 bytes inside a KeyObject, which never prints them. */
export interface PurposeKey extends KeyInfo {
  readonly secret: KeyObject;
}

/** The usable keys, by purpose. Immutable: a reload makes another ring. */
export interface KeyRing {
  /** Every master key, retired ones too, the active one first, then from new to old. */
  readonly keys: readonly KeyInfo[];
  /** The one key that seals and signs. */
  active(purpose: KeyPurpose): PurposeKey;
  /** The key that opens or verifies under `id`; undefined for an unknown or retired one, which must be refused. */
  find(purpose: KeyPurpose, id: string): PurposeKey | undefined;
  /** The ids that `find` knows, the active one first, then from new to old. */
  ids(purpose: KeyPurpose): readonly string[];
}

/** A ring, or a function that returns the current ring, so that a reload reaches every holder of the source. */
export type KeyRingSource = KeyRing | (() => KeyRing);

export function ringGetter(source: KeyRingSource): () => KeyRing {
  return typeof source === "function" ? source : () => source;
}

/** Derives every purpose's keys once. Throws KeyRingError with all problems: no keys, duplicates, not exactly one active. */
export function createKeyRing(masters: readonly MasterKey[]): KeyRing {
  const problems = [...keySetProblems(masters), ...activeProblems(masters)];
  if (problems.length > 0) throw new KeyRingError(problems);
  const ordered = [...masters].sort(byStateThenAge);
  const usable = ordered.filter((master) => master.state !== "retired");
  const purposes = new Map(KEY_PURPOSES.map((purpose) => [purpose, deriveAll(usable, purpose)]));
  const ids = usable.map((master) => master.id);
  return {
    keys: ordered.map(infoOf),
    active: (purpose) => required(purposes.get(purpose)?.get(ids[0] ?? "")),
    find: (purpose, id) => purposes.get(purpose)?.get(id),
    ids: () => ids,
  };
}

/** The ring of ENCRYPTION_KEY: one base64 master key of 32 bytes. Throws KeyRingError when it is weak. */
export function keyRingFromMasterKey(base64: string, options: { readonly createTime?: Date } = {}): KeyRing {
  return createKeyRing([masterKeyFromBase64(base64, options.createTime)]);
}

/** What is wrong with these keys as a set, whichever of them is active. */
export function keySetProblems(masters: readonly MasterKey[]): string[] {
  if (masters.length === 0) return ["there is no key"];
  return masters.flatMap((master, index) => {
    const earlier = masters.slice(0, index);
    const problems = KEY_ID.test(master.id) ? [] : [`a key id does not match ${KEY_ID.source}`];
    if (earlier.some(({ id }) => id === master.id)) problems.push(`key ${master.id} is there twice`);
    const twin = earlier.find(({ id, secret }) => id !== master.id && secret.equals(master.secret));
    if (twin) problems.push(`keys ${twin.id} and ${master.id} have the same secret`);
    return problems;
  });
}

function activeProblems(masters: readonly MasterKey[]): string[] {
  const active = masters.filter((master) => master.state === "active").map((master) => master.id);
  return active.length === 1 ? [] : [`exactly one key must be active, not ${active.length}`];
}

function deriveAll(masters: readonly MasterKey[], purpose: KeyPurpose): Map<string, PurposeKey> {
  return new Map(
    masters.map((master) => [master.id, { ...master, secret: derivePurposeKey(master.secret, purpose) }]),
  );
}

function byStateThenAge(a: MasterKey, b: MasterKey): number {
  const byState = Number(b.state === "active") - Number(a.state === "active");
  return byState || (b.createTime?.getTime() ?? 0) - (a.createTime?.getTime() ?? 0) || (a.id < b.id ? -1 : 1);
}

function required(key: PurposeKey | undefined): PurposeKey {
  if (!key) throw new TypeError("no such key purpose");
  return key;
}

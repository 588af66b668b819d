import { KeyRingError } from "./key-ring-error.js";
import { KEY_ID, type KeyInfo } from "./master-key.js";

/*
 * The steps of a rotation. Each takes a description of the keys and returns the new one or throws KeyRingError. A replica must have a key before
 * another seals under it: so a key is added as decrypt-only, promoted only when every replica has loaded it, and the old one is retired only when
 * nothing is sealed under it any more.
 */

/** Adds a key that decrypts but does not yet seal. */
export function withKeyAdded(keys: readonly KeyInfo[], added: KeyInfo): readonly KeyInfo[] {
  if (!KEY_ID.test(added.id)) throw new KeyRingError([`a key id must match ${KEY_ID.source}`]);
  if (keys.some(({ id }) => id === added.id)) throw new KeyRingError([`key ${added.id} already exists`]);
  return [...keys, { id: added.id, state: "decrypt-only", createTime: added.createTime }];
}

/** Makes a key the active one; the previous one still decrypts. */
export function withKeyPromoted(keys: readonly KeyInfo[], id: string): readonly KeyInfo[] {
  if (stateOf(keys, id) === "retired") throw new KeyRingError([`key ${id} is retired and cannot be active`]);
  return keys.map((key) => {
    if (key.id === id) return { ...key, state: "active" };
    return key.state === "active" ? { ...key, state: "decrypt-only" } : key;
  });
}

/** Retires a key: it no longer decrypts. Its secret stays, so that this can be undone by hand until the key is removed. */
export function withKeyRetired(keys: readonly KeyInfo[], id: string): readonly KeyInfo[] {
  if (stateOf(keys, id) === "active") throw new KeyRingError([`key ${id} is active: promote another first`]);
  return keys.map((key) => (key.id === id ? { ...key, state: "retired" } : key));
}

/** Removes a key permanently. What is still sealed under it is lost, so it must have been retired before. */
export function withKeyRemoved(keys: readonly KeyInfo[], id: string): readonly KeyInfo[] {
  if (stateOf(keys, id) !== "retired") throw new KeyRingError([`key ${id} is in use: retire it first`]);
  return keys.filter((key) => key.id !== id);
}

function stateOf(keys: readonly KeyInfo[], id: string): KeyInfo["state"] {
  const key = keys.find((each) => each.id === id);
  if (!key) throw new KeyRingError(["there is no such key"]);
  return key.state;
}

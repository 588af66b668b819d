export type { FieldContext } from "./envelope.js";
export { createFieldCipher, type FieldCipher, MAX_SEALS_PER_KEY } from "./field-cipher.js";
export { generateKey } from "./generate-key.js";
export { encodeKeyFile } from "./key-file.js";
export { loadKeyRingFolder } from "./key-folder.js";
export { KEY_PURPOSES, type KeyPurpose, type MacPurpose } from "./key-purpose.js";
export {
  createKeyRing,
  type KeyRing,
  type KeyRingSource,
  keyRingFromMasterKey,
  type PurposeKey,
} from "./key-ring.js";
export { KeyRingError } from "./key-ring-error.js";
export { withKeyAdded, withKeyPromoted, withKeyRemoved, withKeyRetired } from "./key-rotation.js";
export { createMac, type KeyedMac, type Mac } from "./mac.js";
export { listKeys, promoteKey, removeKey, retireKey, writeKeyFile } from "./manage-key-folder.js";
export {
  type KeyInfo,
  type KeyState,
  type MasterKey,
  masterKeyFromBase64,
  type StoredKey,
} from "./master-key.js";
export { OpenError, type OpenFailure } from "./open-error.js";
export { selfTest } from "./self-test.js";
export { encodeTuple, type TuplePart } from "./tuple.js";
export { type KeyRingWatch, type WatchOptions, watchKeyRingFolder } from "./watch-key-ring-folder.js";
export { EXAMPLE_KEYS } from "./weak-secret.js";

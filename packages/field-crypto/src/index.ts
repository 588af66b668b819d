export type { FieldContext } from "./envelope.js";
export {
  createFieldCipher,
  type FieldCipher,
  MAX_SEALS_PER_KEY,
} from "./field-cipher.js";
export { KEY_PURPOSES, type KeyPurpose, type MacPurpose } from "./key-purpose.js";
export {
  createKeyRing,
  type KeyRing,
  type KeyRingSource,
  keyRingFromMasterKey,
  type PurposeKey,
} from "./key-ring.js";
export { KeyRingError } from "./key-ring-error.js";
export { createMac, type KeyedMac, type Mac } from "./mac.js";
export { type KeyInfo, type KeyState, type MasterKey, masterKeyFromBase64 } from "./master-key.js";
export { OpenError, type OpenFailure } from "./open-error.js";
export { selfTest } from "./self-test.js";
export { encodeTuple, type TuplePart } from "./tuple.js";
export { EXAMPLE_KEYS } from "./weak-secret.js";

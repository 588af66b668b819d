import { choice, flag, integer } from "@countersign/settings";
import type { FieldTable } from "../field.js";
import type { EncryptionPolicy } from "../security-config.js";

export const encryptionFields: FieldTable<EncryptionPolicy> = {
  algorithm: choice(["AES-256-GCM"], {
    default: "AES-256-GCM",
    doc: "The cipher of stored fields.",
    enforcedBy: "countersign",
  }),
  keyRotationDays: integer({
    default: 90,
    min: 1,
    max: 3650,
    unit: "days",
    doc: "Age at which the active key draws a warning.",
    enforcedBy: "countersign",
  }),
  encryptPii: flag({ default: true, doc: "Personal data is stored encrypted.", enforcedBy: "both" }),
  encryptFinancial: flag({
    default: true,
    doc: "Financial data is stored encrypted.",
    enforcedBy: "platform",
  }),
  fieldLevelEncryption: flag({
    default: true,
    doc: "Each field is encrypted by itself, bound to its row and column.",
    enforcedBy: "both",
  }),
};

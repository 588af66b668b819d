import type { FieldTable } from "../field.js";
import { flag, integer } from "../field-kinds.js";
import type { PasswordPolicy } from "../security-config.js";

export const passwordFields: FieldTable<PasswordPolicy> = {
  minLength: integer({
    default: 12,
    min: 8,
    max: 128,
    unit: "characters",
    doc: "Shortest password accepted.",
    enforcedBy: "platform",
  }),
  requireUppercase: flag({
    default: true,
    doc: "A password needs an upper-case letter.",
    enforcedBy: "platform",
  }),
  requireLowercase: flag({
    default: true,
    doc: "A password needs a lower-case letter.",
    enforcedBy: "platform",
  }),
  requireNumbers: flag({ default: true, doc: "A password needs a digit.", enforcedBy: "platform" }),
  requireSpecial: flag({
    default: true,
    doc: "A password needs a character that is neither letter nor digit.",
    enforcedBy: "platform",
  }),
  maxAgeDays: integer({
    default: 90,
    min: 0,
    max: 3650,
    unit: "days",
    doc: "Age at which a password must be changed; 0 means never.",
    enforcedBy: "platform",
  }),
  historyCount: integer({
    default: 5,
    min: 0,
    max: 50,
    unit: "passwords",
    doc: "How many earlier passwords may not be reused; 0 means none.",
    enforcedBy: "platform",
  }),
  maxFailedAttempts: integer({
    default: 5,
    min: 1,
    max: 100,
    unit: "attempts",
    doc: "Wrong passwords in a row that lock the account.",
    enforcedBy: "platform",
  }),
  lockoutDurationMinutes: integer({
    default: 30,
    min: 1,
    max: 1440,
    unit: "minutes",
    doc: "How long such a lock lasts.",
    enforcedBy: "platform",
  }),
};

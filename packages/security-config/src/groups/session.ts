import type { FieldTable } from "../field.js";
import { flag, integer } from "../field-kinds.js";
import type { SessionPolicy } from "../security-config.js";

export const sessionFields: FieldTable<SessionPolicy> = {
  maxConcurrentSessions: integer({
    default: 5,
    min: 1,
    max: 100,
    unit: "sessions",
    doc: "Simultaneous sessions of one user.",
    enforcedBy: "platform",
  }),
  sessionTimeoutMinutes: integer({
    default: 60,
    min: 1,
    max: 1440,
    unit: "minutes",
    doc: "Life of a session until it must be renewed; never longer than the absolute time-out.",
    enforcedBy: "platform",
  }),
  idleTimeoutMinutes: integer({
    default: 30,
    min: 1,
    max: 1440,
    unit: "minutes",
    doc: "Idle time that ends a session. May not exceed the session time-out, except at its default, which then has no effect.",
    enforcedBy: "platform",
  }),
  absoluteTimeoutHours: integer({
    default: 24,
    min: 1,
    max: 720,
    unit: "hours",
    doc: "Life of a session however often it is renewed.",
    enforcedBy: "platform",
  }),
  requireReauthenticationForSensitive: flag({
    default: true,
    doc: "Sensitive actions ask for a fresh login.",
    enforcedBy: "platform",
  }),
  trackDevices: flag({ default: true, doc: "Sessions are tied to a known device.", enforcedBy: "platform" }),
};

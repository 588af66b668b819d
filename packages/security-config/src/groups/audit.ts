import type { FieldTable } from "../field.js";
import { flag, integer } from "../field-kinds.js";
import type { AuditPolicy } from "../security-config.js";

export const auditFields: FieldTable<AuditPolicy> = {
  enabled: flag({
    default: true,
    doc: "Whether audit events are kept. Countersign always keeps its own, except status reads.",
    enforcedBy: "both",
  }),
  logAuthEvents: flag({
    default: true,
    doc: "Enrolment, verification, lock and reset. Countersign always keeps its own.",
    enforcedBy: "both",
  }),
  logDataAccess: flag({ default: true, doc: "Reading of personal data and status.", enforcedBy: "both" }),
  logDataModifications: flag({
    default: true,
    doc: "Changes to stored data. Countersign always keeps its own.",
    enforcedBy: "both",
  }),
  logAdminActions: flag({
    default: true,
    doc: "What operators do. Countersign always keeps its own.",
    enforcedBy: "both",
  }),
  retentionDays: integer({
    default: 365,
    min: 1,
    max: 3650,
    unit: "days",
    doc: "How long audit events are kept.",
    enforcedBy: "both",
  }),
  immutable: flag({
    default: true,
    doc: "Audit events can be added and read only.",
    enforcedBy: "both",
  }),
};

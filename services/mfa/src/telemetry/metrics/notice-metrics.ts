import { Counter, type Registry } from "prom-client";
import type { AnyAuditEvent } from "../../domain/audit/audit-event.js";
import { NOTICE_KINDS, type NoticeKind, type NoticeResult } from "../../domain/delivery/notice.js";
import { labelAmong } from "./labels.js";

const RESULTS: readonly (NoticeResult | "dropped")[] = [
  "sent",
  "no_destination",
  "not_allowed",
  "limited",
  "failed",
  "dropped",
];

/** Counts security notices by result. */
export function createNoticeMetrics(registry: Registry) {
  const notices = new Counter({
    name: "countersign_notices_total",
    help: "Notices to users about their accounts.",
    labelNames: ["notice", "result"] as const,
    registers: [registry],
  });
  for (const notice of NOTICE_KINDS) for (const result of RESULTS) notices.inc({ notice, result }, 0);
  return {
    onEvent({ action, details }: AnyAuditEvent) {
      if (action !== "send_notice") return;
      notices.inc({
        notice: labelAmong(NOTICE_KINDS, details?.notice),
        result: labelAmong(RESULTS, details?.result),
      });
    },
    onDropped: (notice: NoticeKind) => notices.inc({ notice, result: "dropped" }),
  };
}

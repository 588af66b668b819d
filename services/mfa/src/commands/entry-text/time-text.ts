import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";

/** For people, in UTC and to the second, without the day if it is that of `now`. */
export function timeText(time: Date, now: Date): string {
  const [day = "", clock = ""] = time.toISOString().split("T");
  const shown = `${clock.slice(0, 8)} UTC`;
  return now.toISOString().startsWith(day) ? shown : `${day} ${shown}`;
}

/** Rounded up to a whole second, so that a retry is not too early. */
export function endText(time: Date, now: Date): string {
  return timeText(new Date(Math.ceil(time.getTime() / 1_000) * 1_000), now);
}

/** Milliseconds since 1970; 0 for an entry without a time. */
export function msOf({ createTime }: AuditEvent): number {
  return timeOf(createTime)?.getTime() ?? 0;
}

export function timeOf(timestamp: Timestamp | undefined): Date | undefined {
  return timestamp && timestampDate(timestamp);
}

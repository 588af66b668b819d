import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AuditEvent,
  AuditEventSchema,
  AuditOutcome,
} from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import {
  type ListAuditEventsRequestSchema,
  ListAuditEventsResponseSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { expect, test } from "vitest";
import { recentEntries } from "./recent-entries.js";

const MINUTE = 60_000;
const START = Date.parse("2026-11-23T12:00:00Z");

/** An audit log in memory, with rejected codes alone and pages of the size asked for. */
function logOf(entries: AuditEvent[]) {
  const asked: number[] = [];
  return {
    asked,
    listAuditEvents: (request: MessageInitShape<typeof ListAuditEventsRequestSchema>) => {
      const { pageSize = 50, pageToken = "", outcome, startTime } = request;
      const from = startTime?.seconds === undefined ? 0 : Number(startTime.seconds) * 1_000;
      if (outcome === AuditOutcome.REJECTED && pageToken === "") asked.push(from);
      const found =
        outcome === AuditOutcome.REJECTED
          ? entries.filter(({ createTime }) => createTime && timestampDate(createTime).getTime() >= from)
          : [];
      const begin = Number(pageToken);
      const events = found.slice(begin, begin + pageSize);
      const nextPageToken = begin + pageSize < found.length ? String(begin + pageSize) : "";
      return Promise.resolve(create(ListAuditEventsResponseSchema, { events, nextPageToken }));
    },
  };
}

function entry(id: string, ms: number): AuditEvent {
  return create(AuditEventSchema, { id, createTime: timestampFromMs(ms), outcome: AuditOutcome.REJECTED });
}

test("each look asks for what is new, with what may be late, and keeps the rest for as long as the window is", async () => {
  const entries = [entry("a", START - MINUTE)];
  const log = logOf(entries);
  let nowMs = START;
  const read = recentEntries(log, { now: () => new Date(nowMs), windowMs: 15 * MINUTE });
  expect((await read()).entries.map(({ id }) => id)).toEqual(["a"]);
  nowMs += 5_000;
  entries.push(entry("b", nowMs), entry("late", START - 20_000));
  expect((await read()).entries.map(({ id }) => id)).toEqual(["b", "late", "a"]);
  nowMs += 15 * MINUTE + 1_000;
  expect((await read()).entries.map(({ id }) => id)).toEqual([]);
  expect(log.asked).toEqual([START - 15 * MINUTE, START - 30_000, START + 6_000]);
});

test("a look has an end however much there is, and says for as long as the window is that it is not all", async () => {
  const flood = Array.from({ length: 20_001 }, (_, index) => entry(`e${index}`, START));
  let nowMs = START;
  const read = recentEntries(logOf(flood), { now: () => new Date(nowMs), windowMs: 15 * MINUTE });
  const first = await read();
  expect({ complete: first.complete, read: first.entries.length }).toEqual({ complete: false, read: 20_000 });
  nowMs += 10 * MINUTE;
  expect((await read()).complete).toBe(false);
  nowMs += 15 * MINUTE;
  expect((await read()).complete).toBe(true);
});

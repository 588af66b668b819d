import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "./journal.js";
import { ask, type Session } from "./session.js";

/** In a row at each replica: then it serves again. */
const ENOUGH = 5;
const PROBE_INTERVAL_MS = 25;

/** How long service may take to resume after a fault, by itself. */
const RECOVERY_LIMIT_MS = 15_000;

/** Measures, in milliseconds from the end of the newest fault, until every replica answers call after call. A violation if that takes too long. */
export async function recover(session: Session, since: number): Promise<number> {
  const { journal, callers, stage } = session;
  const streaks = stage.replicas.map(() => ({ length: 0, from: 0 }));
  let seen = journal.calls.length;
  while (streaks.some(({ length }) => length < ENOUGH)) {
    if (performance.now() - since > RECOVERY_LIMIT_MS) {
      journal.violation(`service did not resume within ${RECOVERY_LIMIT_MS} ms`);
      break;
    }
    for (const caller of callers.plain)
      void ask(session, caller, "getMfaStatus", (client) => client.getMfaStatus({ userId: "user-0" }));
    await sleep(PROBE_INTERVAL_MS);
    for (; seen < journal.calls.length; seen += 1) count(streaks, journal.calls[seen]!, since);
  }
  return Math.max(0, ...streaks.map(({ from }) => from - since));
}

function count(streaks: { length: number; from: number }[], call: Call, since: number): void {
  const streak = call.replica === undefined ? undefined : streaks[call.replica];
  if (streak === undefined || call.from < since || call.failure === "REQUEST_IN_FLIGHT") return;
  if (call.failure !== undefined) streak.length = 0;
  else {
    if (streak.length === 0) streak.from = call.to;
    streak.length += 1;
  }
}

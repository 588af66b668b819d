import type { AdminRoute } from "@countersign/rpc-server";
import { z } from "zod";
import { badRequest, jsonPage, parseBody } from "./json-body.js";
import { MOST_AHEAD_SECONDS, type MovableClock } from "./movable-clock.js";

const MOVE = z.strictObject({ advanceSeconds: z.int().min(1).max(MOST_AHEAD_SECONDS) });
const WANTED = `{"advanceSeconds": N}: a whole number from 1 on, and the clock no more than ${MOST_AHEAD_SECONDS} seconds ahead`;

/** GET returns the service's time, POST advances it. */
export function clockRoute(clock: MovableClock): AdminRoute {
  const page = () => jsonPage({ now: new Date(clock.nowMs()).toISOString() });
  return {
    path: "/test-kit/clock",
    local: true,
    page,
    change(body) {
      const move = parseBody(MOVE, body);
      if (move === undefined || !clock.advance(move.advanceSeconds)) return badRequest(WANTED);
      return { status: 200, ...page() };
    },
  };
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "./session.js";
import { live } from "./user-life.js";

/** Users at a time, those aside whose request id is in flight. */
const USERS = 12;

/** Has users come and go until the session is over, and ends when the last of them has left. */
export async function runLoad(session: Session): Promise<void> {
  const present = new Set<Promise<void>>();
  for (let number = 1; !session.over(); number += 1) {
    while (present.size - session.load.parked >= USERS && !session.over()) await sleep(20);
    const life = live(session, number)
      .catch((error: unknown) => session.journal.violation(`the load failed: ${String(error)}`))
      .finally(() => present.delete(life));
    present.add(life);
  }
  await Promise.all(present);
}

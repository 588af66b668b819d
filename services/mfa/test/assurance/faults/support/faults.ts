import { setTimeout as sleep } from "node:timers/promises";
import { FORM } from "../../support/form.js";
import type { Random } from "../../support/random.js";
import { type Fault, HOLD_MS } from "./fault.js";
import { networkFaults, wrongServerFaults } from "./network-faults.js";
import { processFaults } from "./process-faults.js";
import { recover } from "./recovery.js";
import type { Session } from "./session.js";
import type { Stage } from "./stage.js";
import { storeFaults } from "./store-faults.js";

/** How long service took to resume after a fault. */
export interface Recovery {
  readonly fault: string;
  readonly ms: number;
}

/** Every fault, in random order. */
export function everyFault(stage: Stage, random: Random): Fault[] {
  return shuffle(
    [...networkFaults(), ...wrongServerFaults(), ...processFaults(), ...storeFaults(stage)],
    random,
  );
}

/** What each short run has one of: the names of the faults begin so. */
const KINDS = [
  /^postgres: .* after some bytes/,
  /^postgres: .*(?:black hole|reset$|refuse|delay)/,
  /^postgres: .*(?:kill|backend|hangs|read-only|disk|locked)/,
  /^redis: .*(?:bytes|black hole|reset$|refuse|delay|everything)/,
  /^redis: .*(?:kill|hangs|LOADING|OOM|READONLY|FLUSHALL)/,
  /^replica: (?:kill|hangs)/,
  /^(?:sms|mail): /,
];

/** A handful: one of each kind. */
export function someFaults(stage: Stage, random: Random): Fault[] {
  const all = everyFault(stage, random);
  const chosen = KINDS.flatMap((kind) => all.find(({ name }) => kind.test(name)) ?? []);
  return shuffle(chosen, random);
}

function shuffle<T>(list: readonly T[], random: Random): T[] {
  const left = [...list];
  return list.map(() => left.splice(random.below(left.length), 1)[0]!);
}

/** Approvals between two faults. After `shortMs` one is enough, and without one after `longMs` something is wrong. */
const CALM = { approvals: FORM.long ? 10 : 3, shortMs: 3_000, longMs: 20_000 };

/** Lets users log in for a while. */
export async function goOn({ books, journal }: Session): Promise<void> {
  const [before, from] = [books.approvals, performance.now()];
  for (;;) {
    await sleep(20);
    const [approved, passed] = [books.approvals - before, performance.now() - from];
    if (approved >= CALM.approvals || (approved > 0 && passed > CALM.shortMs)) return;
    if (passed > CALM.longMs) {
      journal.violation(`nobody was approved within ${CALM.longMs} ms of the return of service`);
      return;
    }
  }
}

/** One fault from beginning to end, and the return of service after it. */
export async function endure(session: Session, fault: Fault, random: Random): Promise<Recovery> {
  const { stage } = session;
  const { timeline } = stage;
  timeline.begin(fault.name);
  const mend = await fault.begin(stage, random);
  await sleep(fault.holdMs ?? HOLD_MS);
  await mend();
  timeline.end();
  const ms = await recover(session, performance.now());
  timeline.resume();
  await goOn(session);
  return { fault: fault.name, ms: Math.round(ms) };
}

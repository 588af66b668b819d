import { canStart } from "../../support/backing/programs.js";
import { type Campaign, campaign } from "../support/campaign.js";
import { FORM, SEED } from "../support/form.js";
import { Random } from "../support/random.js";
import { Books, balance, expireless } from "./support/books.js";
import { openCallers } from "./support/callers.js";
import { endure, everyFault, goOn, type Recovery, someFaults } from "./support/faults.js";
import { Journal } from "./support/journal.js";
import { runLoad } from "./support/load.js";
import { detailsOf, expectNothingWrong, noteOf } from "./support/report.js";
import type { Session } from "./support/session.js";
import { openStage } from "./support/stage.js";

const LIMIT_MS = 15 * 60_000;
/** How long users may take, once the faults are over, to find out what became of their last calls. */
const LAST_MOMENT_MS = FORM.long ? 65_000 : 4_000;

/** Stores are killed and started on their data: as programs of this machine alone. */
if (await canStart("postgres", "redis"))
  campaign("faults", LIMIT_MS, async (run) => {
    const started = performance.now();
    await using stage = await openStage();
    using callers = openCallers(stage.replicas);
    const end = { over: false, last: Number.POSITIVE_INFINITY };
    const session: Session = {
      stage,
      callers,
      journal: new Journal(stage.timeline),
      books: new Books(),
      random: new Random(SEED, "faults: load"),
      load: { parked: 0, longestFlightMs: 0 },
      over: () => end.over,
      lastMoment: () => end.last,
    };
    const load = runLoad(session);
    const recoveries = await breakThings(session, run, started + FORM.faults.durationMs - LAST_MOMENT_MS);
    end.over = true;
    end.last = performance.now() + LAST_MOMENT_MS;
    await load;
    tell(session, run, recoveries);
    if (FORM.long) console.log(detailsOf(session, recoveries));
    const unbalanced = await balance(stage.sql, session.books);
    expectNothingWrong(session, [...unbalanced, ...(await expireless(stage.redis.url))]);
  });

/** One fault after another. The long form goes through all of them, again and again until the time is over. */
async function breakThings(session: Session, run: Campaign, until: number): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  await goOn(session);
  const choose = FORM.long ? everyFault : someFaults;
  do {
    for (const fault of choose(session.stage, run.random)) {
      if (performance.now() > until) break;
      recoveries.push(await endure(session, fault, run.random));
      tell(session, run, recoveries);
    }
  } while (FORM.long && performance.now() < until);
  return recoveries;
}

let told = 0;
function tell(session: Session, run: Campaign, recoveries: readonly Recovery[]): void {
  run.count(session.journal.calls.length - told);
  told = session.journal.calls.length;
  run.note(noteOf(session, recoveries));
}

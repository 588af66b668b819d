import { expect } from "vitest";
import type { Campaign } from "../support/campaign.js";
import { FORM, SEED } from "../support/form.js";
import { STORES_AWAY } from "./documented.js";

/** Kinds of failure that are shrunk and shown before a campaign gives up. */
const MAX_KINDS = 10;

/** What a campaign of fuzzing does with one session. */
interface Sessions<S> {
  /** Its part of all inputs. */
  readonly share: number;
  /** Its part of the time that they may take, where that is another. */
  readonly timeShare?: number;
  readonly connections: number;
  /** The session of this number; the same seed gives the same. */
  readonly generate: (number: number) => S;
  readonly size: (session: S) => number;
  /** Answers what is wrong. */
  readonly run: (session: S) => Promise<string | undefined>;
  /** Makes a failing session as small as it can, and shows it. */
  readonly show: (session: S) => Promise<string>;
}

/** Runs sessions over some connections at a time until as many inputs were sent or the time is over. Fails with each kind of failure, shrunk. */
export async function runSessions<S>(sessions: Sessions<S>, { count, note }: Campaign): Promise<void> {
  const failures = new Map<string, string>();
  const inputs = FORM.fuzz.inputs * sessions.share;
  const end = performance.now() + FORM.fuzz.durationMs * (sessions.timeShare ?? sessions.share);
  let [sent, next] = [0, 0];
  const outcome = (session: S) => sessions.run(session).catch((error: unknown) => String(error));
  const worker = async () => {
    while (sent < inputs && performance.now() < end && failures.size < MAX_KINDS) {
      const number = next++;
      const session = sessions.generate(number);
      const size = sessions.size(session);
      sent += size;
      let what = await outcome(session);
      if (what === STORES_AWAY) what = await outcome(session);
      count(size);
      if (what === undefined || failures.has(what)) continue;
      // Recorded immediately: the same failure elsewhere need not be shrunk too.
      failures.set(what, what);
      failures.set(
        what,
        `${what}\nCOUNTERSIGN_TEST_SEED=${SEED}, session ${number}; shrunk:\n${await sessions.show(session)}`,
      );
      note(`${failures.size} kinds of failure`);
    }
  };
  await Promise.all(Array.from({ length: sessions.connections }, worker));
  if (sent < inputs && failures.size === 0) note(`out of time before ${inputs} inputs`);
  expect([...failures.values()].join("\n\n")).toBe("");
}

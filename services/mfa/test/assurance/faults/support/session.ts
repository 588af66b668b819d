import { setTimeout as sleep } from "node:timers/promises";
import type { MfaClient } from "@countersign/client";
import type { Random } from "../../support/random.js";
import type { Books } from "./books.js";
import type { Caller, Callers } from "./callers.js";
import { Flight, type Load } from "./flight.js";
import { isTransient, type Journal } from "./journal.js";
import type { Stage } from "./stage.js";

/** What every user of the load needs: the service, its callers, the books and the campaign's choices. */
export interface Session {
  readonly stage: Stage;
  readonly callers: Callers;
  readonly journal: Journal;
  readonly books: Books;
  readonly random: Random;
  readonly load: Load;
  /** True once nothing new is to begin. */
  readonly over: () => boolean;
  /** When to give up what no answer came for, by `performance.now()`. Set once the load is over. */
  readonly lastMoment: () => number;
}

/** What came of a call: its answer, or the name of its failure. */
export type Result<T> = { readonly answer: T } | { readonly failure: string };

/** One call, written down. */
export async function ask<T>(
  { journal }: Session,
  { client, replica }: Caller,
  rpc: keyof MfaClient,
  call: (client: MfaClient) => Promise<T>,
): Promise<Result<T>> {
  const about = { rpc, replica, from: performance.now() };
  try {
    const answer = await call(client);
    journal.answered(about);
    return { answer };
  } catch (error) {
    return { failure: journal.failed(about, error) };
  }
}

/**
 * Asks again, at any replica, until there is an answer or a failure for good. `inDoubt` hears of each failure after which nobody knows what
 * was done.
 */
export async function askUntilAnswered<T>(
  session: Session,
  rpc: keyof MfaClient,
  call: (client: MfaClient) => Promise<T>,
  inDoubt: (failure: string) => void = () => undefined,
): Promise<Result<T>> {
  const flight = new Flight(session, rpc);
  try {
    for (let tries = 1; ; tries += 1) {
      const from = performance.now();
      const result = await ask(session, session.random.pick(session.callers.all), rpc, call);
      if (!("failure" in result) || !isTransient(result.failure)) return result;
      if (result.failure === "REQUEST_IN_FLIGHT") flight.goOn();
      else {
        flight.begin(from);
        inDoubt(result.failure);
      }
      if (performance.now() > session.lastMoment()) return result;
      await sleep(Math.min(100 * 2 ** (tries - 1), 1_000));
    }
  } finally {
    flight.land();
  }
}

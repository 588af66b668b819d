import type { Journal } from "./journal.js";
import type { Stage } from "./stage.js";

/** How much of the load is under way. */
export interface Load {
  /** Users who do nothing but wait for a request id that is in flight. */
  parked: number;
  longestFlightMs: number;
}

/** What a flight is measured by. */
interface Surroundings {
  readonly stage: Stage;
  readonly journal: Journal;
  readonly load: Load;
}

/** How long a request id may stay in flight: the lease of a call with the default deadline of 10 s. */
const REQUEST_LEASE_MS = 12_000;
/** How long a request id is remembered. */
export const REQUEST_MEMORY_MS = 60_000;
/** Until it is asked about again, and answered. */
const SLACK_MS = 2_000;

/** Measures how long one request id stays in flight. Meanwhile its user does not count as load. */
export class Flight {
  readonly #session: Surroundings;
  #tryFrom = 0;
  #tryTo = 0;
  #parked = false;

  constructor(session: Surroundings) {
    this.#session = session;
  }

  /** A try failed otherwise. If it claimed the id, it did so at the latest when the fault around it was over. */
  begin(from: number): void {
    this.#tryFrom = from;
    this.#tryTo = performance.now();
  }

  /** A try was answered REQUEST_IN_FLIGHT. */
  goOn(): void {
    const { journal, stage, load } = this.#session;
    if (!this.#parked) load.parked += 1;
    this.#parked = true;
    const now = performance.now();
    if (this.#tryTo === 0) this.begin(now);
    const faults = stage.timeline.between(this.#tryFrom, now).map(({ to }) => Math.min(to, now));
    const flownMs = now - Math.max(this.#tryTo, ...faults);
    load.longestFlightMs = Math.max(load.longestFlightMs, flownMs);
    if (flownMs > REQUEST_LEASE_MS + SLACK_MS)
      journal.violation(`a request id was in flight for ${Math.round(flownMs)} ms`);
  }

  land(): void {
    if (this.#parked) this.#session.load.parked -= 1;
    this.#parked = false;
  }
}

import type { MfaClient } from "@countersign/client";
import { DELIVERY_SETTINGS } from "../../../../src/config/delivery/delivery-config.js";
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

/** The lease of a call with the default deadline of 10 s. */
const CALL_LEASE_MS = 12_000;
/** A send may go on after its deadline, for as long as the providers may take together: the default of DELIVERY_TIMEOUT_MS. */
const DELIVERY_MS = DELIVERY_SETTINGS.DELIVERY_TIMEOUT_MS.default;
/** How long a request id is remembered. */
export const REQUEST_MEMORY_MS = 60_000;
/** Until it is asked about again, and answered. */
const SLACK_MS = 2_000;

/** Measures how long one request id stays in flight. Meanwhile its user does not count as load. */
export class Flight {
  readonly #session: Surroundings;
  readonly #rpc: keyof MfaClient;
  #tryFrom = 0;
  #tryTo = 0;
  #parked = false;

  constructor(session: Surroundings, rpc: keyof MfaClient) {
    this.#session = session;
    this.#rpc = rpc;
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
    if (flownMs > this.#leaseMs + SLACK_MS)
      journal.violation(`a request id of ${this.#rpc} was in flight for ${Math.round(flownMs)} ms`);
  }

  /** How long a request id may stay in flight. */
  get #leaseMs(): number {
    return this.#rpc === "sendVerificationCode" ? CALL_LEASE_MS + DELIVERY_MS : CALL_LEASE_MS;
  }

  land(): void {
    if (this.#parked) this.#session.load.parked -= 1;
    this.#parked = false;
  }
}

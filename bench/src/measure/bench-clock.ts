import { STEP_SECONDS } from "../seed/bench-user.js";
import type { StartedServer } from "../servers/started-server.js";

/** Between two measurements the service's clock moves on so far that no code of the one is a code of the other. */
const STEPS_PER_RUN = 10;

/**
 * The time that all servers are told. It moves forward only, as replay counters do, and for all alike: audit rows of a server that lags minutes
 * behind come too late for their seals, and to look for them keeps Postgres busy.
 */
export class BenchClock {
  #step = Math.floor(Date.now() / 1_000 / STEP_SECONDS);
  readonly #servers: StartedServer[] = [];

  add(server: StartedServer): void {
    this.#servers.push(server);
  }

  /** Moves on to the next moment to measure at, and answers its time step. */
  async next(): Promise<number> {
    this.#step += STEPS_PER_RUN;
    for (const server of this.#servers) await server.setClock(this.#step * STEP_SECONDS * 1_000);
    return this.#step;
  }
}

import { STEP_SECONDS } from "../seed/bench-user.js";

/** Between two measurements the service's clock moves on so far that no code of the one is a code of the other. */
const STEPS_PER_RUN = 10;

/** The time that the measured service is told. It moves forward only, as replay marks do. */
export class BenchClock {
  #step = Math.floor(Date.now() / 1_000 / STEP_SECONDS);

  /** The next moment to measure at, as time step and in ms. */
  next(): { readonly step: number; readonly ms: number } {
    this.#step += STEPS_PER_RUN;
    return { step: this.#step, ms: this.#step * STEP_SECONDS * 1_000 };
  }
}

import { unavailable } from "../../domain/delivery/delivery.js";
import type { MessageSender } from "../../domain/delivery/message-sender.js";

export interface CircuitBreakerOptions {
  /** Consecutive failures after which no sends are tried. */
  readonly failuresToOpen: number;
  /** How long no sends are tried, in milliseconds; then one call goes through as a probe. */
  readonly openForMs: number;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

type State =
  | { readonly kind: "closed"; failures: number }
  | { readonly kind: "open"; readonly since: number; readonly forMs: number }
  | { readonly kind: "probing" };

/** Permission to try, valid for the state in which it was given: a call that outlives the state must not change a later one. */
export interface Pass {
  readonly state: State;
}

export class CircuitBreaker {
  #state: State = { kind: "closed", failures: 0 };

  constructor(private readonly options: CircuitBreakerOptions) {}

  /** Undefined while the breaker is open, and while a probe is under way. */
  enter(): Pass | undefined {
    if (this.#state.kind === "probing") return undefined;
    if (this.#state.kind === "open") {
      const elapsed = this.options.now() - this.#state.since;
      // Below zero the clock has stepped back: better an early probe than a provider skipped for as long as the step.
      if (elapsed >= 0 && elapsed < this.#state.forMs) return undefined;
      this.#state = { kind: "probing" };
    }
    return { state: this.#state };
  }

  /** `abandoned` says nothing about the provider, only that another probe may start. */
  leave({ state }: Pass, outcome: "worked" | "failed" | "abandoned"): void {
    if (state !== this.#state) return;
    if (state.kind === "closed") {
      this.#leaveClosed(state, outcome);
    } else if (outcome === "worked") {
      this.#state = { kind: "closed", failures: 0 };
    } else {
      this.#open(outcome === "abandoned" ? 0 : this.options.openForMs);
    }
  }

  #leaveClosed(state: { failures: number }, outcome: "worked" | "failed" | "abandoned"): void {
    if (outcome === "worked") state.failures = 0;
    if (outcome === "failed") state.failures += 1;
    if (state.failures >= this.options.failuresToOpen) this.#open(this.options.openForMs);
  }

  #open(forMs: number): void {
    this.#state = { kind: "open", since: this.options.now(), forMs };
  }
}

/** A circuit breaker: spares a provider that is down, and the callers who would wait for it. */
export function withCircuitBreaker<Message>(
  provider: string,
  sender: MessageSender<Message>,
  breaker: CircuitBreaker,
): MessageSender<Message> {
  return {
    async send(message, options) {
      const pass = breaker.enter();
      if (pass === undefined) {
        return unavailable(provider, "circuit open");
      }
      const outcome = await sender.send(message, options);
      // A rejection is an answer: the provider works.
      const worked = outcome.ok || outcome.failure.kind === "rejected";
      // A caller who hangs up must not close a provider to all others.
      breaker.leave(pass, worked ? "worked" : options.signal.aborted ? "abandoned" : "failed");
      return outcome;
    },
  };
}

import { ConnectError } from "@connectrpc/connect";
import { type CallFailure, failureOf, outward } from "./call-failure.js";

const MAX_TRIES = 4;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
/** Clients that failed together do not come back together. */
const SPREAD = 0.2;

/** What comes in from outside, so that a test can state it. */
export interface Timing {
  /** Milliseconds, from any beginning. Never goes back. */
  now(): number;
  /** Rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Evenly spread from 0 to 1. */
  chance(): number;
}

export interface RetriedCall {
  /** The time for all tries and the waits between them. 0 or less: no limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Whether it may be sent again though it may have taken effect. */
  readonly repeatable: boolean;
}

/** Tries a call until it succeeds, while trying again is of use and within its time. `tryOnce` gets the time that is left. */
export async function withRetries<Answer>(
  { timeoutMs, signal, repeatable }: RetriedCall,
  timing: Timing,
  tryOnce: (leftMs: number) => Promise<Answer>,
): Promise<Answer> {
  const deadline = timeoutMs > 0 ? timing.now() + timeoutMs : Number.POSITIVE_INFINITY;
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryOnce(timeLeft(deadline, timing));
    } catch (thrown) {
      const error = ConnectError.from(thrown);
      if (signal?.aborted === true) throw error;
      const failure = failureOf(error);
      const waitMs = tries < MAX_TRIES ? waitAfter(failure, { tries, repeatable, timing }) : undefined;
      if (waitMs === undefined || timing.now() + waitMs >= deadline) throw outward(error, failure);
      await waitOrThrow(error, () => timing.wait(waitMs, signal));
    }
  }
}

/** In whole milliseconds, as gRPC counts them. For a transport 0 is no limit: a wait that took too long leaves one, not for ever. */
function timeLeft(deadline: number, timing: Timing): number {
  return deadline === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor(deadline - timing.now()));
}

/** How long to wait before the next try. Undefined: there is to be none. */
function waitAfter(
  failure: CallFailure,
  {
    tries,
    repeatable,
    timing,
  }: { readonly tries: number; readonly repeatable: boolean; readonly timing: Timing },
): number | undefined {
  const backoffMs = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS);
  const spread = (ms: number) => ms * (1 + SPREAD * timing.chance());
  switch (failure.kind) {
    case "unreached":
      return tries === 1 ? 0 : spread(backoffMs);
    case "unanswered":
      return repeatable ? spread(backoffMs) : undefined;
    case "unavailable":
    case "in-flight":
      return repeatable ? spread(failure.waitMs ?? backoffMs) : undefined;
    case "final":
      return undefined;
  }
}

/** A caller who gives up while we wait learns why there was anything to wait for. */
async function waitOrThrow(error: ConnectError, wait: () => Promise<void>): Promise<void> {
  try {
    await wait();
  } catch {
    throw error;
  }
}

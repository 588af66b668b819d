import { ConnectError } from "@connectrpc/connect";
import { type CallFailure, failureOf, outward } from "./call-failure.js";

const MAX_TRIES = 4;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
/** Jitter, so that clients that failed together do not retry together. */
const SPREAD = 0.2;

/** Values from outside, so that a test can set them. */
export interface Timing {
  /** Milliseconds from any origin. Never steps back. */
  now(): number;
  /** Rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Uniformly distributed from 0 to 1. */
  chance(): number;
}

export interface RetriedCall {
  /** The time for all tries and the pauses between them. 0 or less: no limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Whether it may be sent again though it may have taken effect. */
  readonly repeatable: boolean;
}

/** Retries a call until it succeeds, while a retry may help and within its time. `tryOnce` gets the time that is left. */
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

/** Whole milliseconds, as in gRPC. For a transport 0 means no limit, so at least one is left after a long wait. */
function timeLeft(deadline: number, timing: Timing): number {
  return deadline === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor(deadline - timing.now()));
}

/** How long to wait before the next try. Undefined: no further try. */
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

/** A caller who cancels during the wait gets the error that caused it. */
async function waitOrThrow(error: ConnectError, wait: () => Promise<void>): Promise<void> {
  try {
    await wait();
  } catch {
    throw error;
  }
}

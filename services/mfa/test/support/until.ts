import { inspect } from "node:util";
import { vi } from "vitest";

/** For a machine that does ten things besides. A test has twice that, so that what was seen last is told. */
const PATIENCE_MS = 60_000;

/**
 * Asks every few milliseconds until the answer is neither false nor undefined, and returns it. Throws what `what` throws, and after a minute an
 * error that says what was seen last: the last answer, or where `seen` is given what that returns.
 */
export async function until<T>(what: () => T | Promise<T>, seen?: () => unknown): Promise<T> {
  const timeout = new Error();
  Error.captureStackTrace(timeout, until);
  let last: T | undefined;
  try {
    return await vi.waitUntil(async () => (last = await what()), { timeout: PATIENCE_MS, interval: 10 });
  } catch (error) {
    if (!String(error).includes("Timed out in waitUntil")) throw error;
    const told = seen === undefined ? last : await seen();
    timeout.message = `not so within ${PATIENCE_MS / 1_000} s: ${what.toString()}\nlast seen: ${inspect(told)}`;
    throw timeout;
  }
}

/** Does it again and again until it does not throw. After a minute it throws what it threw last. */
export async function untilDone<T>(work: () => T | Promise<T>, { intervalMs = 50 } = {}): Promise<T> {
  return vi.waitFor(work, { timeout: PATIENCE_MS, interval: intervalMs });
}

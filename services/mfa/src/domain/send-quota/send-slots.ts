import type { SendRate } from "./send-limit.js";

const SLOTS = 100;

/**
 * Milliseconds per slot: exact for small limits, a hundredth of the window for large ones, so that no count needs more than about a hundred entries.
 */
export function slotMsOf({ max, windowMs }: SendRate): number {
  return max <= SLOTS ? 1 : windowSlotMs(windowMs);
}

/** A hundredth of the window. */
export function windowSlotMs(windowMs: number): number {
  return Math.max(1, Math.ceil(windowMs / SLOTS));
}

import type { SendCounter, TakenPlace } from "../../domain/send-quota/send-counter.js";
import { slotMsOf } from "../../domain/send-quota/send-slots.js";
import { ExpiringMap } from "./expiring-map.js";

/** Counts messages in this process, as the script TAKE does in Redis. `nameOf` gives the keyed MAC of a subject. */
export function createMemorySendCounter(
  now: () => number,
  nameOf: (subject: readonly string[]) => string,
): SendCounter {
  const counts = new ExpiringMap<Map<number, number>>(now);
  return {
    take: (subject, rate) => {
      const at = now();
      const key = nameOf(subject);
      const slotMs = slotMsOf(rate);
      const slots = counts.get(key) ?? new Map<number, number>();
      const { taken, oldest } = tally(slots, at, rate.windowMs + slotMs - 1);
      if (taken >= rate.max) return Promise.resolve({ taken: undefined, retryAfterMs: oldest - at });
      const slot = at - (at % slotMs);
      slots.set(slot, (slots.get(slot) ?? 0) + 1);
      counts.set(key, slots, rate.windowMs + slotMs);
      return Promise.resolve({ taken: placeIn(slots, slot) });
    },
  };
}

function tally(
  slots: Map<number, number>,
  at: number,
  keptMs: number,
): { readonly taken: number; readonly oldest: number } {
  let [taken, oldest] = [0, at + keptMs];
  for (const [slot, count] of slots) {
    if (slot + keptMs <= at) slots.delete(slot);
    else [taken, oldest] = [taken + count, Math.min(oldest, slot + keptMs)];
  }
  return { taken, oldest };
}

function placeIn(slots: Map<number, number>, slot: number): TakenPlace {
  return {
    giveBack: () => {
      const count = slots.get(slot) ?? 0;
      if (count > 1) slots.set(slot, count - 1);
      else slots.delete(slot);
      return Promise.resolve();
    },
  };
}

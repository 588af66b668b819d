import { windowSlotMs } from "../../domain/send-quota/send-slots.js";
import { isLow } from "../../domain/send-quota/sms-conversion.js";
import type {
  ConversionAnswer,
  ConversionTerms,
  SmsConversionCounter,
} from "../../domain/send-quota/sms-conversion-counter.js";
import { ExpiringMap } from "./expiring-map.js";

interface Slot {
  sent: number;
  accepted: number;
}

type Slots = Map<number, Slot>;

/** Counts in this process, as the scripts do in Redis. `nameOf` gives the keyed MAC of a subject. */
export function createMemorySmsConversionCounter(
  now: () => number,
  nameOf: (subject: readonly string[]) => string,
): SmsConversionCounter {
  const kept = new ExpiringMap<Slots>(now);
  /** The current slot, kept until it has left the window. */
  const slotNow = (subject: readonly string[], windowMs: number): { slots: Slots; slot: Slot } => {
    const [name, slotMs, at] = [nameOf(subject), windowSlotMs(windowMs), now()];
    const slots: Slots = kept.get(name) ?? new Map<number, Slot>();
    const start = at - (at % slotMs);
    const slot = slots.get(start) ?? { sent: 0, accepted: 0 };
    slots.set(start, slot);
    kept.set(name, slots, windowMs + slotMs);
    return { slots, slot };
  };
  return {
    take: (subject, terms) => {
      const { slots, slot } = slotNow(subject, terms.windowMs);
      return Promise.resolve(take(slots, slot, { terms, at: now() }));
    },
    accept: (subject, { windowMs }) => {
      slotNow(subject, windowMs).slot.accepted += 1;
      return Promise.resolve();
    },
  };
}

function take(
  slots: Slots,
  slot: Slot,
  { terms, at }: { readonly terms: ConversionTerms; readonly at: number },
): ConversionAnswer {
  const leaves = (start: number) => start + windowSlotMs(terms.windowMs) - 1 + terms.windowMs;
  for (const start of slots.keys()) if (leaves(start) <= at) slots.delete(start);
  const sums = { sent: 0, accepted: 0 };
  const judged = [...slots].map(([start, { sent, accepted }]) => ({
    start,
    sent: start + terms.graceMs <= at ? sent : 0,
    accepted,
  }));
  for (const each of judged) add(sums, each, 1);
  const low = isLow(sums, terms);
  if (low && terms.stop) {
    const left = { ...sums };
    let retryAfterMs = terms.windowMs;
    for (const each of judged.sort((a, b) => a.start - b.start)) {
      add(left, each, -1);
      retryAfterMs = leaves(each.start) - at;
      if (!isLow(left, terms)) break;
    }
    return { ...sums, low, taken: undefined, retryAfterMs };
  }
  slot.sent += 1;
  const giveBack = () => {
    slot.sent -= 1;
    return Promise.resolve();
  };
  return { ...sums, low, taken: { giveBack } };
}

function add(sums: Slot, { sent, accepted }: Readonly<Slot>, sign: 1 | -1): void {
  sums.sent += sign * sent;
  sums.accepted += sign * accepted;
}

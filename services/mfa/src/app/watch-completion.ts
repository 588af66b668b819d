import type { Actor } from "../domain/audit-event.js";
import { completionSubjects } from "../domain/completion.js";
import { type Destination, parseDestination } from "../domain/destination.js";
import type { Factor } from "../domain/factor.js";
import type { TakeAnswer } from "../domain/ports/send-counter.js";
import type { UserId } from "../domain/user-id.js";
import type { Deps } from "./deps.js";
import { openDestination } from "./open-destination.js";

/** A message's places among those that were sent to its block of numbers and to its country. E-mail costs nobody a message fee. */
export function completionPlaces(deps: Deps, { phone }: Destination): readonly (() => Promise<TakeAnswer>)[] {
  const rule = deps.sendLimits.completion;
  if (rule === undefined || phone === undefined) return [];
  return completionSubjects(phone).map(({ scope, subject }) => async () => {
    const answer = await deps.completions.take(subject, { ...rule, stop: rule.stops.has(scope) });
    const { sent, accepted, low } = answer;
    if (low) {
      const stopped = answer.taken === undefined;
      deps.onLowCompletion({ scope, country: phone.country, sent, accepted, stopped });
    }
    return answer;
  });
}

/** Counts a code that was accepted. Lost, it makes an alarm likelier; the answer does not wait for it. */
export function countCompletion(
  deps: Deps,
  { userId, actor }: { readonly userId: UserId; readonly actor: Actor },
  factor: Factor,
): void {
  const rule = deps.sendLimits.completion;
  if (rule === undefined || factor.method !== "sms") return;
  deps.inBackground("count an accepted code", actor, async () => {
    const written = openDestination(deps, userId, factor);
    const parsed = parseDestination("sms", written, deps.policy().phoneNumbers);
    if (!parsed.ok || parsed.destination.phone === undefined) return;
    const subjects = completionSubjects(parsed.destination.phone);
    await Promise.all(subjects.map(({ subject }) => deps.completions.accept(subject, rule)));
  });
}

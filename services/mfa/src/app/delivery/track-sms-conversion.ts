import type { Actor } from "../../domain/audit/audit-event.js";
import { destinationContext } from "../../domain/crypto/secret-cipher.js";
import { type Destination, parseDestination } from "../../domain/destination/destination.js";
import type { Factor } from "../../domain/factor/factor.js";
import type { TakeAnswer } from "../../domain/send-quota/send-counter.js";
import { conversionSubjects } from "../../domain/send-quota/sms-conversion.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";

export type ConversionPlaceDeps = Pick<Deps, "completions" | "onLowCompletion" | "sendLimits">;
export type ConversionDeps = Pick<Deps, "cipher" | "completions" | "inBackground" | "policy" | "sendLimits">;

/** A message's places among those that were sent to its block of numbers and to its country. E-mail has no message fee. */
export function conversionPlaces(
  deps: ConversionPlaceDeps,
  { destination, actor }: { readonly destination: Destination; readonly actor: Actor },
): readonly (() => Promise<TakeAnswer>)[] {
  const rule = deps.sendLimits.completion;
  const { phone } = destination;
  if (rule === undefined || phone === undefined) return [];
  return conversionSubjects(phone).map(({ scope, subject }) => async () => {
    const answer = await deps.completions.take(subject, { ...rule, stop: rule.stops.has(scope) });
    const { sent, accepted, low } = answer;
    if (low) {
      const stopped = answer.taken === undefined;
      const { country } = phone;
      deps.onLowCompletion({ scope, country, sent, accepted, stopped, requestId: actor.requestId });
    }
    return answer;
  });
}

/** Counts a code that was accepted. The answer does not wait for it: a lost count only makes an alarm likelier. */
export function trackSmsConversion(
  deps: ConversionDeps,
  { userId, actor }: { readonly userId: UserId; readonly actor: Actor },
  factor: Factor,
): void {
  const rule = deps.sendLimits.completion;
  if (rule === undefined || factor.method !== "sms") return;
  deps.inBackground("count an accepted code", actor, async () => {
    const written = deps.cipher.open(
      factor.sealedDestination,
      destinationContext(userId, factor),
      actor.requestId,
    );
    const parsed = parseDestination("sms", written, deps.policy().phoneNumbers);
    if (!parsed.ok || parsed.destination.phone === undefined) return;
    const subjects = conversionSubjects(parsed.destination.phone);
    await Promise.all(subjects.map(({ subject }) => deps.completions.accept(subject, rule)));
  });
}

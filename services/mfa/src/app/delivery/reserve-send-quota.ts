import type { Actor } from "../../domain/audit/audit-event.js";
import type { Destination } from "../../domain/destination/destination.js";
import { MfaError } from "../../domain/errors.js";
import type { TakenPlace } from "../../domain/send-quota/send-counter.js";
import { limitsOf } from "../../domain/send-quota/send-limit.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";
import { type ConversionPlaceDeps, conversionPlaces } from "./track-sms-conversion.js";

export type SendQuotaDeps = ConversionPlaceDeps & Pick<Deps, "sends">;

/**
 * Counts a message against every limit, or against none and throws SEND_RATE_LIMITED. The user's own limits come first, so that a flood for one user
 * does not use up what all users share.
 */
export async function reserveSendQuota(
  deps: SendQuotaDeps,
  input: { readonly userId: UserId; readonly destination: Destination; readonly actor: Actor },
): Promise<TakenPlace> {
  const places: TakenPlace[] = [];
  const giveBack = async () => {
    await Promise.all(places.map((place) => place.giveBack()));
  };
  const limits = limitsOf(deps.sendLimits, input).map(({ name, subject, rate }) => ({
    name,
    take: () => deps.sends.take(subject, rate),
  }));
  const completions = conversionPlaces(deps, input).map((take) => ({ name: "completion", take }));
  for (const { name, take } of [...limits, ...completions]) {
    const answer = await take();
    if (answer.taken === undefined) {
      await giveBack();
      throw sendRefused(name, answer.retryAfterMs);
    }
    places.push(answer.taken);
  }
  return { giveBack };
}

export function sendRefused(limit: string, retryAfterMs: number): MfaError {
  return new MfaError("SEND_RATE_LIMITED", "too many codes were sent, wait", {
    retryAfterMs,
    metadata: { limit },
  });
}

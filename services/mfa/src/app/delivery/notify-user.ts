import type { Actor, AuditEvent } from "../../domain/audit/audit-event.js";
import { destinationContext, noticeEmailContext } from "../../domain/crypto/secret-cipher.js";
import type { Delivery } from "../../domain/delivery/delivery.js";
import type { Notice, NoticeResult } from "../../domain/delivery/notice.js";
import { renderEmailNotice, renderSmsNotice } from "../../domain/delivery/notice-message.js";
import { type Destination, parseDestination } from "../../domain/destination/destination.js";
import type { Reason } from "../../domain/errors.js";
import type { Factor } from "../../domain/factor/factor.js";
import type { SentMethod } from "../../domain/factor/method.js";
import type { TakenPlace } from "../../domain/send-quota/send-counter.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";
import { isUsable } from "../factor/method-gate.js";

export type NotifyDeps = Pick<
  Deps,
  "cipher" | "notices" | "now" | "policy" | "randomId" | "senders" | "sends" | "store"
>;

/** A user, with the factor that he had when it happened. */
export interface Addressee {
  readonly userId: UserId;
  readonly factor: Factor | undefined;
  /** Who made it happen. */
  readonly actor: Actor;
}

const REASONS: Readonly<Record<NoticeResult, Reason | undefined>> = {
  sent: undefined,
  no_destination: undefined,
  not_allowed: "METHOD_NOT_ALLOWED",
  limited: "SEND_RATE_LIMITED",
  failed: "DELIVERY_FAILED",
};

/**
 * Notifies a user of what happened to the account and records the result. The notice goes to the destination that was verified for this user or, for
 * TOTP, to the address given at enrolment. Neither delays nor fails the call.
 */
export function notifyUser(deps: NotifyDeps, addressee: Addressee, notice: Notice): void {
  const { rules, enqueue } = deps.notices;
  if (!rules.kinds.has(notice.kind)) return;
  enqueue(notice.kind, addressee.actor, async () => {
    const result = await send(deps, addressee, notice);
    await deps.store.record(noticeEvent(deps, addressee, { notice, result }));
  });
}

async function send(
  deps: NotifyDeps,
  { userId, factor, actor }: Addressee,
  notice: Notice,
): Promise<NoticeResult> {
  const stored = factor?.state === "active" ? storedDestination(deps, { userId, factor, actor }) : undefined;
  if (stored === undefined) return "no_destination";
  const destination = allowedDestination(deps, stored);
  if (destination === undefined) return "not_allowed";
  const carry = carrierOf(deps, destination, { notice, requestId: actor.requestId });
  if (carry === undefined) return "not_allowed";
  const places = await takePlaces(deps, destination, notice);
  if (places === undefined) return "limited";
  if ((await carry()).ok) return "sent";
  await Promise.all(places.map((place) => place.giveBack()));
  return "failed";
}

/** The channel of notices to the user of a factor. */
function noticeMethod({ method }: Factor): SentMethod {
  return method === "totp" ? "email" : method;
}

/** Where notices of a factor go, as stored. `verified`: codes go there too. */
interface StoredDestination {
  readonly method: SentMethod;
  readonly address: string;
  readonly verified: boolean;
}

function storedDestination(
  { cipher }: Pick<Deps, "cipher">,
  { userId, factor, actor }: Addressee & { readonly factor: Factor },
): StoredDestination | undefined {
  const { requestId } = actor;
  if (factor.method !== "totp") {
    const address = cipher.open(factor.sealedDestination, destinationContext(userId, factor), requestId);
    return { method: factor.method, address, verified: true };
  }
  if (factor.sealedNoticeEmail === undefined) return undefined;
  const address = cipher.open(factor.sealedNoticeEmail, noticeEmailContext(userId, factor.id), requestId);
  return { method: noticeMethod(factor), address, verified: false };
}

/**
 * A method that is disabled, or a country that is not served, gets no notices either. An address for notices alone does not need a policy that allows
 * codes by e-mail.
 */
function allowedDestination(
  deps: Pick<Deps, "policy">,
  { method, address, verified }: StoredDestination,
): Destination | undefined {
  const policy = deps.policy();
  if (verified ? !isUsable(policy, method) : policy.disabledMethods.has(method)) return undefined;
  const parsed = parseDestination(method, address, policy.phoneNumbers);
  return parsed.ok ? parsed.destination : undefined;
}

function carrierOf(
  deps: Pick<Deps, "notices" | "policy" | "randomId" | "senders">,
  { method, address: to }: Destination,
  { notice, requestId }: { readonly notice: Notice; readonly requestId: string },
): (() => Promise<Delivery>) | undefined {
  const { sms, email } = deps.senders;
  const message = {
    to,
    notice,
    locale: deps.notices.rules.locale,
    applicationName: deps.policy().applicationName,
  };
  const options = { signal: new AbortController().signal, idempotencyKey: deps.randomId(), requestId };
  if (method === "sms") return sms && (() => sms.send(renderSmsNotice(message), options));
  return email && (() => email.send(renderEmailNotice(message), options));
}

/** A place under each limit, or none. */
async function takePlaces(
  deps: Pick<Deps, "notices" | "sends">,
  { method, limitKey }: Destination,
  { kind }: Notice,
): Promise<readonly TakenPlace[] | undefined> {
  const { destination, overall } = deps.notices.rules;
  const own = await deps.sends.take(["notice", kind, method, limitKey], destination);
  if (own.taken === undefined) return undefined;
  const shared = await deps.sends.take(["notice-overall", method], overall);
  if (shared.taken !== undefined) return [own.taken, shared.taken];
  await own.taken.giveBack();
  return undefined;
}

function noticeEvent(
  deps: Pick<Deps, "now">,
  { userId, factor, actor }: Addressee,
  { notice, result }: { readonly notice: Notice; readonly result: NoticeResult },
): AuditEvent {
  const reason = REASONS[result];
  return {
    action: "send_notice",
    outcome: result === "sent" ? "succeeded" : "refused",
    ...(reason === undefined ? {} : { reason }),
    ...(result === "no_destination" || factor === undefined ? {} : { method: noticeMethod(factor) }),
    userId,
    actor,
    at: deps.now(),
    details: { notice: notice.kind, result },
  };
}

import type { Delivery, DeliveryFailure } from "../../domain/delivery/delivery.js";
import { type CodeMessage, renderEmail, renderSms } from "../../domain/delivery/message.js";
import type { SendOptions } from "../../domain/delivery/message-sender.js";
import { MfaError } from "../../domain/errors.js";
import type { SentMethod } from "../../domain/factor/method.js";
import type { Deps } from "../dependencies/deps.js";

export type DispatchDeps = Pick<Deps, "policy" | "senders">;

/** Renders a message with the code and hands it to the method's provider. */
export type MessageDispatcher = (
  message: Omit<CodeMessage, "applicationName">,
  ids: Omit<SendOptions, "signal">,
) => Promise<Delivery>;

const RETRY_AFTER_MS = 5_000;

/** Throws METHOD_NOT_ALLOWED when the method's channel has no provider. */
export function messageDispatcherFor(deps: DispatchDeps, method: SentMethod): MessageDispatcher {
  const { sms, email } = deps.senders;
  const { applicationName, smsOriginDomain: originDomain } = deps.policy();
  if (method === "sms" && sms !== undefined) {
    return (message, ids) =>
      sms.send(renderSms({ ...message, applicationName, originDomain }), uninterrupted(ids));
  }
  if (method === "email" && email !== undefined) {
    return (message, ids) => email.send(renderEmail({ ...message, applicationName }), uninterrupted(ids));
  }
  throw new MfaError("METHOD_NOT_ALLOWED", "no provider is configured that sends this method's codes");
}

/** A caller who hangs up does not stop the message: it may have left already, and a retry by request_id finds it sent. */
function uninterrupted(ids: Omit<SendOptions, "signal">): SendOptions {
  return { ...ids, signal: new AbortController().signal };
}

/** `about` goes to the audit log beside what failed. */
export function deliveryFailed(
  { kind, retryable, provider, detail }: DeliveryFailure,
  about: Readonly<Record<string, string>>,
): MfaError {
  return new MfaError("DELIVERY_FAILED", "the code could not be delivered", {
    metadata: { failure: kind },
    auditDetails: { ...about, provider, failure: kind, detail },
    ...(retryable ? { retryAfterMs: RETRY_AFTER_MS } : {}),
  });
}

/**
 * Why a message was not sent. rejected: the provider refuses this message or this destination; it must not be tried again. unavailable: the provider
 * did not accept the message. timeout: no answer in time; the message may still arrive.
 */
export interface DeliveryFailure {
  readonly kind: "rejected" | "unavailable" | "timeout";
  /** Whether another provider, or the same one later, may accept it. Never true for `rejected`. */
  readonly retryable: boolean;
  /** The configured provider's name, such as `twilio`. */
  readonly provider: string;
  /** For operators: fixed words and status codes only, never a provider's own text, which may repeat the destination. */
  readonly detail: string;
}

export type Delivery =
  | { readonly ok: true; readonly provider: string }
  | { readonly ok: false; readonly failure: DeliveryFailure };

export function delivered(provider: string): Delivery {
  return { ok: true, provider };
}

export function rejected(provider: string, detail: string): Delivery {
  return { ok: false, failure: { kind: "rejected", retryable: false, provider, detail } };
}

export function unavailable(provider: string, detail: string): Delivery {
  return { ok: false, failure: { kind: "unavailable", retryable: true, provider, detail } };
}

export function timedOut(provider: string, detail: string): Delivery {
  return { ok: false, failure: { kind: "timeout", retryable: true, provider, detail } };
}

import type { Tracer } from "@countersign/telemetry-ports";
import type { Delivery } from "../../domain/delivery/delivery.js";
import type { MessageSender } from "../../domain/delivery/message-sender.js";

export type Channel = "sms" | "email";

/** One attempt at one provider, for logs and metrics. Holds no destination and no content. */
export interface DeliveryAttempt {
  /** The request id of the call. */
  readonly requestId: string | undefined;
  readonly channel: Channel;
  readonly provider: string;
  readonly outcome: "delivered" | "rejected" | "unavailable" | "timeout";
  /** Fixed words and status codes; "" if delivered. */
  readonly detail: string;
  /** The provider's error text, masked. Undefined if there was none. */
  readonly providerError: string | undefined;
  readonly durationMs: number;
}

export interface Observer {
  /** Milliseconds from any origin. */
  readonly now: () => number;
  readonly onAttempt: (attempt: DeliveryAttempt) => void;
  readonly tracer?: Tracer | undefined;
}

export function observed<Message>(
  channel: Channel,
  sender: MessageSender<Message>,
  { now, onAttempt }: Observer,
): MessageSender<Message> {
  return {
    async send(message, options) {
      const start = now();
      let providerError: string | undefined;
      const onWords = (masked: string) => {
        providerError = masked;
      };
      const delivery = await sender.send(message, { ...options, onWords });
      const { requestId } = options;
      const durationMs = Math.max(0, now() - start);
      onAttempt({ requestId, channel, ...summary(delivery), providerError, durationMs });
      return delivery;
    },
  };
}

function summary(delivery: Delivery): Pick<DeliveryAttempt, "provider" | "outcome" | "detail"> {
  if (delivery.ok) return { provider: delivery.provider, outcome: "delivered", detail: "" };
  const { provider, kind, detail } = delivery.failure;
  return { provider, outcome: kind, detail };
}

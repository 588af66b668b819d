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
      const delivery = await sender.send(message, options);
      const { requestId } = options;
      onAttempt({ requestId, channel, ...summary(delivery), durationMs: Math.max(0, now() - start) });
      return delivery;
    },
  };
}

function summary(delivery: Delivery): Pick<DeliveryAttempt, "provider" | "outcome" | "detail"> {
  if (delivery.ok) return { provider: delivery.provider, outcome: "delivered", detail: "" };
  const { provider, kind, detail } = delivery.failure;
  return { provider, outcome: kind, detail };
}

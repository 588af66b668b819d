import type { Attributes, Tracer } from "@countersign/telemetry-ports";
import type { Delivery } from "../../domain/delivery/delivery.js";
import type { MessageSender } from "../../domain/delivery/message-sender.js";

/** What a span may say of a provider beside the result: never the message, and never the recipient. */
export interface TracedProvider {
  readonly channel: "sms" | "email";
  readonly provider: string;
  readonly server: Attributes;
}

/** Opens a span for each provider that is tried; trace context that is passed on refers to it. */
export function traced<Message>(
  { channel, provider, server }: TracedProvider,
  sender: MessageSender<Message>,
  tracer: Tracer,
): MessageSender<Message> {
  return {
    async send(message, options) {
      const span = tracer.ask(`deliver ${channel}`, {
        "countersign.delivery.channel": channel,
        "countersign.delivery.provider": provider,
        ...server,
      });
      if (span === undefined) return sender.send(message, options);
      const delivery = await tracer.within(span, () => sender.send(message, options));
      span.set(outcomeOf(delivery));
      span.end(delivery.ok ? undefined : delivery.failure.kind);
      return delivery;
    },
  };
}

function outcomeOf(delivery: Delivery): Attributes {
  if (delivery.ok) return { "countersign.delivery.outcome": "delivered" };
  const { kind, detail } = delivery.failure;
  return { "countersign.delivery.outcome": kind, "countersign.delivery.detail": detail };
}

/** For a webhook receiver, which may continue the trace. Other providers get no trace context. */
export function traceHeaders(tracer: Tracer | undefined): Record<string, string> {
  const span = tracer?.current();
  if (span === undefined) return {};
  const { traceId, spanId, sampled } = span;
  return { traceparent: `00-${traceId}-${spanId}-${sampled ? "01" : "00"}` };
}

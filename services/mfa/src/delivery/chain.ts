import type { Attributes } from "@countersign/telemetry-ports";
import type { MessageSender } from "../domain/delivery/message-sender.js";
import { CircuitBreaker, withCircuitBreaker } from "./attempt/circuit-breaker.js";
import { withFailover } from "./attempt/failover.js";
import { type Channel, type Observer, observed } from "./attempt/observed.js";
import { withTimeLimit } from "./attempt/time-limit.js";
import { traced } from "./attempt/traced.js";
import type { ChannelConfig, DeliveryLimits } from "./delivery-config.js";

export interface ChainSpec<Provider extends { readonly name: string }, Message> {
  readonly channel: Channel;
  readonly providers: ChannelConfig<Provider>;
  readonly create: (provider: Provider) => MessageSender<Message>;
  /** The provider's address, for traces. */
  readonly server: (provider: Provider) => Attributes;
}

/** Primary, then fallback, each behind its own circuit breaker and time limit, all within one limit for the message. */
export function createChain<Provider extends { readonly name: string }, Message>(
  { channel, providers, create, server }: ChainSpec<Provider, Message>,
  limits: DeliveryLimits,
  observer: Observer,
): MessageSender<Message> {
  const link = (provider: Provider): MessageSender<Message> => {
    const timed = withTimeLimit(provider.name, create(provider), limits.tryMs);
    const breaker = new CircuitBreaker({ ...limits, now: observer.now });
    const watched = observed(channel, withCircuitBreaker(provider.name, timed, breaker), observer);
    if (observer.tracer === undefined) return watched;
    return traced({ channel, provider: provider.name, server: server(provider) }, watched, observer.tracer);
  };
  const { primary, fallback } = providers;
  const chain = fallback === undefined ? link(primary) : withFailover(link(primary), link(fallback));
  return withTimeLimit(channel, chain, limits.totalMs);
}

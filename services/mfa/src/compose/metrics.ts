import { collectDefaultMetrics, Registry } from "prom-client";
import type { CryptoObserver } from "../crypto/crypto-observer.js";
import type { DeliveryConfig } from "../delivery/delivery-config.js";
import type { AnyAuditEvent } from "../domain/audit/audit-event.js";
import { createCallMetrics } from "../telemetry/metrics/call-metrics.js";
import { createDeliveryMetrics } from "../telemetry/metrics/delivery-metrics.js";
import { createEventMetrics } from "../telemetry/metrics/event-metrics.js";
import { createFailureMetrics } from "../telemetry/metrics/failure-metrics.js";
import { createKeyMetrics } from "../telemetry/metrics/key-metrics.js";
import { createListenerMetrics } from "../telemetry/metrics/listener-metrics.js";
import { createNoticeMetrics } from "../telemetry/metrics/notice-metrics.js";
import { createRedisMetrics } from "../telemetry/metrics/redis-metrics.js";
import { createReloadMetrics } from "../telemetry/metrics/reload-metrics.js";
import { createRepeatMetrics } from "../telemetry/metrics/repeat-metrics.js";
import { createSmsConversionMetrics } from "../telemetry/metrics/sms-conversion-metrics.js";
import { createSpanMetrics } from "../telemetry/metrics/span-metrics.js";

/** The metrics of one server, in its own registry: several servers may run in one process. */
export function createMetrics(delivery: DeliveryConfig) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const reloaded = createReloadMetrics(registry, Date.now);
  const keys = createKeyMetrics(registry, Date.now);
  const onCodeEvent = createEventMetrics(registry);
  const failures = createFailureMetrics(registry);
  const notices = createNoticeMetrics(registry);
  const onRepeat = createRepeatMetrics(registry);
  return {
    registry,
    spans: createSpanMetrics(registry),
    listener: createListenerMetrics(registry),
    page: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    onCalls: (services: Parameters<typeof createCallMetrics>[1]) => createCallMetrics(registry, services),
    onEvent: (event: AnyAuditEvent) => {
      onCodeEvent(event);
      failures.onEvent(event);
      notices.onEvent(event);
      onRepeat(event);
    },
    onFailingUser: failures.onFailingUser,
    onNoticeDropped: notices.onDropped,
    onLowCompletion: createSmsConversionMetrics(registry),
    onDelivery: createDeliveryMetrics(registry, providersOf(delivery)),
    onReload: reloaded,
    ...createRedisMetrics(registry),
    crypto: {
      ...keys,
      keyRingLoaded(ring) {
        keys.keyRingLoaded(ring);
        reloaded("keys", "applied");
      },
      keyRingRefused: () => reloaded("keys", "refused"),
    } satisfies CryptoObserver,
  };
}

function providersOf({ sms, email }: DeliveryConfig) {
  return Object.entries({ sms, email }).flatMap(([channel, config]) => {
    if (typeof config !== "object") return [];
    const names = [config.primary, config.fallback].flatMap((provider) => provider?.name ?? []);
    return names.map((provider) => ({ channel, provider }));
  });
}

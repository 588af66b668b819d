import type { Log } from "@countersign/telemetry-ports";

/** One provider asked once. */
interface Attempt {
  readonly requestId: string | undefined;
  readonly channel: string;
  readonly provider: string;
  readonly outcome: "delivered" | "rejected" | "unavailable" | "timeout";
  readonly detail: string;
  /** The provider's error text, masked. */
  readonly providerError: string | undefined;
  readonly durationMs: number;
}

/**
 * Logs each delivery attempt, with the provider's own error if it failed, and logs when a provider accepts messages again. A provider that rejects
 * one message works.
 */
export function deliveryLog({
  log,
  clock,
}: {
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
}): (attempt: Attempt) => void {
  const failing = new Map<string, { readonly since: number; failures: number }>();

  function failed(key: string): void {
    const outage = failing.get(key) ?? { since: clock(), failures: 0 };
    outage.failures += 1;
    failing.set(key, outage);
  }

  function worked(key: string, about: object): void {
    const outage = failing.get(key);
    if (outage === undefined) return;
    failing.delete(key);
    const seconds = Math.round((clock() - outage.since) / 1_000);
    log.info(
      { ...about, failures: outage.failures, after_seconds: seconds },
      "provider accepts messages again",
    );
  }

  return ({ requestId, channel, provider, outcome, detail, providerError, durationMs }) => {
    const key = `${channel} ${provider}`;
    const about = { request_id: requestId, channel, provider };
    const line = { ...about, outcome, detail, provider_error: providerError, durationMs };
    if (outcome === "delivered") log.info(line, "provider accepted the message");
    else log.warn(line, "provider did not accept the message");
    if (outcome === "unavailable" || outcome === "timeout") failed(key);
    else worked(key, about);
  };
}

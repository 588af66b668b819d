import type { Admit } from "@countersign/rpc-server";
import type { Log } from "@countersign/telemetry-ports";
import { judgeClock } from "../domain/clock-skew.js";
import { MfaError } from "../domain/errors.js";
import type { StoreVitals } from "../telemetry/metrics/store-vitals.js";

export interface ClockGuardOptions {
  readonly vitals: Pick<StoreVitals, "postgresClockSkew" | "redisClockSkew">;
  /** 0: never out. */
  readonly limitSeconds: number;
  readonly intervalMs?: number | undefined;
  /** Called with each change; at the start the clock is taken for right. */
  readonly onChange: (trusted: boolean) => void;
  readonly log: Log;
}

/** Knows whether this host's clock can be trusted. */
export interface ClockGuard extends AsyncDisposable {
  readonly trusted: boolean;
  /** Looks now. */
  check(): Promise<void>;
}

/** A clock that was set wrong is noticed within this time. */
const CHECK_INTERVAL_MS = 5_000;

/** How long a client waits before it tries again, at another replica if there is one. */
const RETRY_AFTER_MS = 1_000;

/**
 * Takes a replica out while its clock is wrong: a clock that is behind would accept TOTP codes that have expired, and its audit rows would
 * carry wrong times. Without an answer of the stores the last judgement stays.
 */
export function startClockGuard(options: ClockGuardOptions): ClockGuard {
  const { vitals, limitSeconds, intervalMs = CHECK_INTERVAL_MS, onChange, log } = options;
  let trusted = true;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let closed = false;

  async function check(): Promise<void> {
    const [postgres, redis] = await Promise.all([vitals.postgresClockSkew(), vitals.redisClockSkew()]);
    const measured = { postgres, redis };
    const judgement = judgeClock(measured, limitSeconds);
    if (closed || judgement === "unknown" || (judgement === "right") === trusted) return;
    trusted = judgement === "right";
    if (trusted) log.info({ skew: measured }, "the clock agrees with the stores again: taking calls");
    else log.error({ skew: measured }, "the clock is wrong: this replica takes no calls until it is right");
    onChange(trusted);
  }

  function schedule(): void {
    timer = setTimeout(() => {
      running = check().finally(() => {
        if (!closed) schedule();
      });
    }, intervalMs);
    timer.unref();
  }

  if (limitSeconds > 0) schedule();
  return {
    get trusted() {
      return trusted;
    },
    check: limitSeconds > 0 ? check : () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/**
 * Refuses calls while the clock is wrong. Readiness alone would not do: clients keep the connections that they have. Health and the other
 * exempt services answer always.
 */
export function admitByClock(
  guard: Pick<ClockGuard, "trusted">,
  exemptServices: ReadonlySet<string>,
  admit: Admit,
): Admit {
  return (caller, rpc) => {
    if (!guard.trusted && !exemptServices.has(rpc.service)) {
      throw new MfaError("CLOCK_SKEWED", "this replica's clock is wrong, try another", {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    return admit(caller, rpc);
  };
}

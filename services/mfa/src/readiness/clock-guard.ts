import type { Admit } from "@countersign/rpc-server";
import type { Log } from "@countersign/telemetry-ports";
import { judgeClock } from "../domain/clock-skew.js";
import { MfaError } from "../domain/errors.js";
import type { StoreVitals } from "../telemetry/metrics/store-vitals.js";

export interface ClockGuardOptions {
  readonly vitals: Pick<StoreVitals, "postgresClockSkew" | "redisClockSkew">;
  /** 0: the check is off. */
  readonly limitSeconds: number;
  readonly intervalMs?: number | undefined;
  /** Called with each change; at the start the clock is assumed to be right. */
  readonly onChange: (trusted: boolean) => void;
  readonly log: Log;
}

/** Decides whether this host's clock can be trusted. */
export interface ClockGuard extends AsyncDisposable {
  readonly trusted: boolean;
  /** Checks now. */
  check(): Promise<void>;
}

/** Time within which a wrong clock is noticed. */
const CHECK_INTERVAL_MS = 5_000;

/** How long a client waits before it tries again, at another replica if there is one. */
const RETRY_AFTER_MS = 1_000;

/**
 * Makes a replica unready while its clock is wrong: a slow clock would accept expired TOTP codes, and audit rows would have wrong times. If the
 * stores do not answer, the last result stays.
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
    if (trusted) log.info({ skew: measured }, "clock skew is within the limit again; serving calls");
    else log.error({ skew: measured }, "clock skew exceeds the limit; refusing calls until it is corrected");
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
 * Refuses calls while the clock is wrong. Readiness alone is not enough, because clients keep their connections. Health and the other exempt services
 * always answer.
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

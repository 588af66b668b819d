import { createKeyGuard, type KeyGuard } from "../crypto/key-guard.js";
import { type ClockGuard, startClockGuard } from "../readiness/clock-guard.js";
import { type FitnessWatch, watchFitness } from "../readiness/fitness.js";
import type { HealthBoard } from "../readiness/health-board.js";
import { explainUnready, type ReadinessWatch, watchReadiness } from "../readiness/readiness.js";
import { watchStores } from "../readiness/store-watch.js";
import type { WatchedState } from "../telemetry/metrics/watched-state.js";
import type { Owner } from "./closer.js";
import type { Foundation } from "./foundation.js";

/** What makes a server unready, and why. */
export interface Guards {
  /** A Redis that may evict counters. */
  readonly fitness: FitnessWatch;
  /** Keys that the database needs and the ring lacks. */
  readonly keys: KeyGuard;
  /** A clock that differs from both stores' clocks. */
  readonly clock: ClockGuard;
}

interface GuardParts extends Owner {
  readonly health: HealthBoard;
  readonly clockSkewLimitSeconds: number;
  readonly clockCheckIntervalMs: number | undefined;
}

/** Opens the watches that decide whether this server may answer: the clock from now on, the others once the stores have answered. */
export function openGuards(
  { stores, keys, reloads: { intervalMs } }: Foundation,
  { health, closer, log, clockSkewLimitSeconds, clockCheckIntervalMs }: GuardParts,
): Guards {
  const fitness = closer.own(
    watchFitness({
      redis: stores.redis,
      onChange: (fit) => health.setStoresUsable(fit),
      intervalMs,
      log,
    }),
  );
  const onJudged = (why: string | undefined) => {
    health.setKeysComplete(why === undefined);
    if (why === undefined) stores.gate.open();
    else stores.gate.close(why);
  };
  const keyGuard = closer.own(createKeyGuard({ database: stores.ungated, keys, onJudged, intervalMs, log }));
  closer.own(watchStores(stores.vitals, intervalMs));
  const clock = closer.own(
    startClockGuard({
      vitals: stores.vitals,
      limitSeconds: clockSkewLimitSeconds,
      intervalMs: clockCheckIntervalMs,
      onChange: (trusted) => health.setClockTrusted(trusted),
      log,
    }),
  );
  return { fitness, keys: keyGuard, clock };
}

interface ReadinessParts extends Owner {
  readonly guards: Guards;
  readonly health: HealthBoard;
  readonly state: Pick<WatchedState, "schemaSeen">;
}

/** Retries until the stores answer with a schema that suits this program; then starts the guards. */
export function openReadiness(
  { stores }: Foundation,
  { guards, health, state, closer, log }: ReadinessParts,
): ReadinessWatch {
  return closer.own(
    watchReadiness({
      check: async () => {
        state.schemaSeen(await stores.prepare());
        await guards.keys.look();
        await guards.clock.check();
      },
      onReady: () => {
        health.setStoresUsable(true);
        guards.fitness.start();
        guards.keys.start();
      },
      explain: (error) => explainUnready(error, stores.vitals),
      log,
    }),
  );
}

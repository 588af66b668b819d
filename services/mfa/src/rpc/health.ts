import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { MfaError } from "../domain/errors.js";
import {
  DEFAULT_WATCH_LIMITS,
  HealthWatches,
  type WatchLimits,
  type WatchRefusal,
} from "./health-watches.js";
import { type ServedService, serveService } from "./served-service.js";

/** The service that load balancers and grpc clients ask; its answers come from here only. */
export interface HealthBoard {
  readonly service: ServedService;
  /** Whether the named services take calls: the stores can be used, no key is missing and the clock is trusted. */
  readonly ready: boolean;
  readonly storesUsable: boolean;
  readonly keysComplete: boolean;
  readonly clockTrusted: boolean;
  readonly draining: boolean;
  /** Watches that are open. */
  readonly watches: number;
  /** Whether the stores were reached and Redis keeps what it is given. Not until told so. */
  setStoresUsable(reached: boolean): void;
  /** Whether the key ring has every key that the database needs. It has until told otherwise. */
  setKeysComplete(complete: boolean): void;
  /** Whether this host's clock is right. It is until told otherwise. */
  setClockTrusted(trusted: boolean): void;
  /** Everything is NOT_SERVING from now on, for good. */
  drain(): void;
}

export interface HealthOptions {
  readonly watchLimits?: Partial<WatchLimits>;
  /** Must not throw. */
  readonly onWatchRefused?: (reason: WatchRefusal) => void;
}

/** `""` is liveness: serving as long as the process can answer at all. Each named service is readiness. */
export function createHealth(
  serviceNames: readonly string[],
  { watchLimits, onWatchRefused = () => undefined }: HealthOptions = {},
): HealthBoard {
  const limits = { ...DEFAULT_WATCH_LIMITS, ...watchLimits };
  const watches = new HealthWatches(limits, onWatchRefused);
  const state = { storesUsable: false, keysComplete: true, clockTrusted: true, draining: false };
  const isReady = () => state.storesUsable && state.keysComplete && state.clockTrusted;
  const names = new Set(serviceNames);
  const changes = createChangeSignal();

  function statusOf(service: string): Status | undefined {
    if (service !== "" && !names.has(service)) return undefined;
    return !state.draining && (service === "" || isReady()) ? Status.SERVING : Status.NOT_SERVING;
  }

  return {
    service: serveService(Health, {
      check: async ({ service }) => {
        const status = statusOf(service);
        if (status === undefined) throw new MfaError("SERVICE_UNKNOWN", "no such service is served here");
        return Promise.resolve({ status });
      },
      list: async () => {
        const all = ["", ...names].map(
          (name) => [name, { status: statusOf(name) ?? Status.UNKNOWN }] as const,
        );
        return Promise.resolve({ statuses: Object.fromEntries(all) });
      },
      async *watch({ service }, call) {
        const ended = watches.begin(call.peer);
        const over = new AbortController();
        const timer = setTimeout(() => over.abort(), limits.lastsMs).unref();
        const signal = AbortSignal.any([call.signal, over.signal]);
        try {
          let last: Status | undefined;
          while (!signal.aborted) {
            const rung = changes.next(signal);
            const status = statusOf(service) ?? Status.SERVICE_UNKNOWN;
            if (status !== last) yield { status };
            last = status;
            await rung;
          }
        } finally {
          clearTimeout(timer);
          ended();
        }
      },
    }),
    get watches() {
      return watches.open;
    },
    get ready() {
      return isReady();
    },
    get storesUsable() {
      return state.storesUsable;
    },
    get keysComplete() {
      return state.keysComplete;
    },
    get clockTrusted() {
      return state.clockTrusted;
    },
    get draining() {
      return state.draining;
    },
    setStoresUsable(reached) {
      state.storesUsable = reached;
      changes.ring();
    },
    setKeysComplete(complete) {
      state.keysComplete = complete;
      changes.ring();
    },
    setClockTrusted(trusted) {
      state.clockTrusted = trusted;
      changes.ring();
    },
    drain() {
      state.draining = true;
      changes.ring();
    },
  };
}

/** Wakes all who wait, once. */
function createChangeSignal() {
  const waiting = new Set<() => void>();
  function ring(): void {
    for (const wake of [...waiting]) wake();
  }
  /** Resolves at the next ring or when the signal aborts. */
  async function next(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }
  return { ring, next };
}

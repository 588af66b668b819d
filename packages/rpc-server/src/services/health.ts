import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { TransportError } from "../errors/transport-error.js";
import { DEFAULT_WATCH_LIMITS, type WatchLimits } from "../limits/limits.js";
import { HealthWatches, type WatchRefusal } from "./health-watches.js";
import { type ServedService, serveService } from "./served-service.js";

/** The service that load balancers and grpc clients ask; its answers come from here only. */
export interface HealthService {
  readonly service: ServedService;
  readonly draining: boolean;
  /** Watches that are open. */
  readonly watches: number;
  /** Has those who watch look at `isReady` again. */
  readinessChanged(): void;
  /** Everything is NOT_SERVING from now on, for good. */
  drain(): void;
}

export interface HealthOptions {
  /** Whether the named services take calls. Asked for each answer; must not throw. */
  readonly isReady: () => boolean;
  readonly watchLimits?: Partial<WatchLimits>;
  /** Must not throw. */
  readonly onWatchRefused?: (reason: WatchRefusal) => void;
}

/** `""` is liveness: serving as long as the process can answer at all. Each named service is readiness. */
export function createHealth(
  serviceNames: readonly string[],
  { isReady, watchLimits, onWatchRefused = () => undefined }: HealthOptions,
): HealthService {
  const limits = { ...DEFAULT_WATCH_LIMITS, ...watchLimits };
  const watches = new HealthWatches(limits, onWatchRefused);
  let draining = false;
  const names = new Set(serviceNames);
  const changes = createChangeSignal();

  function statusOf(service: string): Status | undefined {
    if (service !== "" && !names.has(service)) return undefined;
    return !draining && (service === "" || isReady()) ? Status.SERVING : Status.NOT_SERVING;
  }

  return {
    service: serveService(Health, {
      check: async ({ service }) => {
        const status = statusOf(service);
        if (status === undefined)
          throw new TransportError("SERVICE_UNKNOWN", "no such service is served here");
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
    get draining() {
      return draining;
    },
    readinessChanged: changes.ring,
    drain() {
      draining = true;
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

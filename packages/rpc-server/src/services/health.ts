import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { TransportError } from "../errors/transport-error.js";
import { DEFAULT_WATCH_LIMITS, type WatchLimits } from "../limits/limits.js";
import type { CallContext } from "../pipeline/call-context.js";
import { HealthWatches, type WatchRefusal } from "./health-watches.js";
import { type ServedService, serveService } from "./served-service.js";

/** The health service for load balancers and gRPC clients; its answers come from here only. */
export interface HealthService {
  readonly service: ServedService;
  readonly draining: boolean;
  /** Watches that are open. */
  readonly watches: number;
  /** Makes all watches reread `isReady`. */
  readinessChanged(): void;
  /** From now on everything is NOT_SERVING, permanently. */
  drain(): void;
}

export interface HealthOptions {
  /** Whether the named services serve. Called for each answer; must not throw. */
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
    service: healthService({ names, statusOf, watches, changes, lastsMs: limits.lastsMs }),
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

interface HealthParts {
  readonly names: ReadonlySet<string>;
  readonly statusOf: (service: string) => Status | undefined;
  readonly watches: HealthWatches;
  readonly changes: ChangeSignal;
  readonly lastsMs: number;
}

/** Answers from what is given, whichever way a client asks. */
function healthService(parts: HealthParts): ServedService {
  const { names, statusOf } = parts;
  return serveService(Health, {
    check: async ({ service }) => {
      const status = statusOf(service);
      if (status === undefined) throw new TransportError("SERVICE_UNKNOWN", "no such service is served here");
      return Promise.resolve({ status });
    },
    list: async () => {
      const all = ["", ...names].map((name) => [name, { status: statusOf(name) ?? Status.UNKNOWN }] as const);
      return Promise.resolve({ statuses: Object.fromEntries(all) });
    },
    watch: ({ service }, call) => watchStatus(parts, service, call),
  });
}

/** The status, and each that follows, until the client leaves or the watch has lasted long enough. */
async function* watchStatus(
  { statusOf, watches, changes, lastsMs }: HealthParts,
  service: string,
  call: Pick<CallContext, "peer" | "signal">,
) {
  const ended = watches.begin(call.peer);
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), lastsMs).unref();
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
}

type ChangeSignal = ReturnType<typeof createChangeSignal>;

/** Wakes all waiters, once. */
function createChangeSignal() {
  const waiting = new Set<() => void>();
  function ring(): void {
    for (const wake of [...waiting]) wake();
  }
  /** Resolves at the next change or when the signal aborts. */
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

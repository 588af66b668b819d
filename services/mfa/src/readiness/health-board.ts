import { createHealth, type HealthOptions, type HealthService } from "@countersign/rpc-server";

/** Whether this replica serves, and the health service that reports it. */
export interface HealthBoard extends HealthService {
  /** Whether the named services serve: the stores can be used, no key is missing and the clock is trusted. */
  readonly ready: boolean;
  /** Whether new calls should come here: ready, and not draining. */
  readonly wantsCalls: boolean;
  readonly storesUsable: boolean;
  readonly keysComplete: boolean;
  readonly clockTrusted: boolean;
  /** Whether the stores were reached and Redis does not evict. False until set. */
  setStoresUsable(reached: boolean): void;
  /** Whether the key ring has every key that the database needs. True until set. */
  setKeysComplete(complete: boolean): void;
  /** Whether this host's clock is right. True until set. */
  setClockTrusted(trusted: boolean): void;
}

type BoardOptions = Omit<HealthOptions, "isReady">;

export function createHealthBoard(serviceNames: readonly string[], options: BoardOptions = {}): HealthBoard {
  const state = { storesUsable: false, keysComplete: true, clockTrusted: true };
  const isReady = () => state.storesUsable && state.keysComplete && state.clockTrusted;
  const health = createHealth(serviceNames, { ...options, isReady });
  function set(change: Partial<typeof state>): void {
    Object.assign(state, change);
    health.readinessChanged();
  }
  return {
    service: health.service,
    drain: () => health.drain(),
    readinessChanged: () => health.readinessChanged(),
    get draining() {
      return health.draining;
    },
    get watches() {
      return health.watches;
    },
    get ready() {
      return isReady();
    },
    get wantsCalls() {
      return isReady() && !health.draining;
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
    setStoresUsable: (storesUsable) => set({ storesUsable }),
    setKeysComplete: (keysComplete) => set({ keysComplete }),
    setClockTrusted: (clockTrusted) => set({ clockTrusted }),
  };
}

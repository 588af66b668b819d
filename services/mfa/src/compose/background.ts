import type { Log } from "../telemetry/log.js";

/** Work that nobody waits for. Disposal waits for what is under way. */
export interface Background extends AsyncDisposable {
  run(what: string, work: () => Promise<void>): void;
}

export function createBackground(log: Log): Background {
  const underWay = new Set<Promise<void>>();
  async function finish(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn({ err: error }, `${what} failed`);
    }
  }
  return {
    run(what, work) {
      const running = finish(what, work).then(() => {
        underWay.delete(running);
      });
      underWay.add(running);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(underWay);
    },
  };
}

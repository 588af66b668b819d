import { briefFault, describeFault, type Log } from "@countersign/telemetry-ports";

/** Background work. Disposal waits for work under way. */
export interface Background extends AsyncDisposable {
  /** `about`: fields of the log line if it fails. */
  run(what: string, work: () => Promise<void>, about?: object): void;
}

export function createBackground(log: Log): Background {
  const underWay = new Set<Promise<void>>();
  async function finish(
    { what, about }: { readonly what: string; readonly about: object },
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn({ ...about, error: briefFault(error) }, `${what} failed`);
      log.debug({ ...about, error: describeFault(error) }, `${what} failed`);
    }
  }
  return {
    run(what, work, about = {}) {
      const running = finish({ what, about }, work).then(() => {
        underWay.delete(running);
      });
      underWay.add(running);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(underWay);
    },
  };
}

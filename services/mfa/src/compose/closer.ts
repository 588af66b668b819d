import type { Log } from "@countersign/telemetry-ports";

/** Owners of resources, closed in reverse order of opening. One that fails to close does not keep the others open. */
export class Closer implements AsyncDisposable {
  readonly #owners: AsyncDisposable[] = [];

  own<T extends AsyncDisposable>(owner: T): T {
    this.#owners.push(owner);
    return owner;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const faults: unknown[] = [];
    for (const owner of this.#owners.splice(0).reverse()) {
      try {
        await owner[Symbol.asyncDispose]();
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, "some resources did not close");
  }
}

/** Owns the opened resources, and writes the log. */
export interface Owner {
  readonly closer: Closer;
  readonly log: Log;
}

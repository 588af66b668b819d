import { storeUnavailable } from "../../../domain/errors.js";
import type { Database } from "./database.js";

/** Whether work may reach a database. Closed at first. */
export interface Gate {
  open(): void;
  close(why: string): void;
  /** Undefined while it is open. */
  readonly whyClosed: () => string | undefined;
}

export function createGate(): Gate {
  let why: string | undefined = "the stores were not found ready yet";
  return {
    open() {
      why = undefined;
    },
    close(reason) {
      why = reason;
    },
    whyClosed: () => why,
  };
}

/**
 * Refuses work while the gate is closed: on a schema that was not judged yet, a spent code could look like a fresh one, and under another key
 * ring nobody's secret opens.
 */
export function gatedDatabase(database: Database, gate: Pick<Gate, "whyClosed">): Database {
  return {
    run(work) {
      const why = gate.whyClosed();
      return why === undefined
        ? database.run(work)
        : Promise.reject(storeUnavailable("postgres", new Error(why)));
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

import { storeUnavailable } from "../../../domain/errors.js";
import type { Database } from "./database.js";

/** Refuses work until the gate opens: on a schema that was not judged yet, a spent code could look like a fresh one. */
export function gatedDatabase(database: Database, isOpen: () => boolean): Database {
  return {
    run: (work) =>
      isOpen()
        ? database.run(work)
        : Promise.reject(storeUnavailable("postgres", new Error("the stores were not found ready yet"))),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

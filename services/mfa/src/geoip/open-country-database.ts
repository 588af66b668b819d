import { readFile, stat } from "node:fs/promises";
import { ConfigurationError } from "../config/forms/configuration-error.js";
import { type Reloads, reporting } from "../reload/reloads.js";
import { type Watched, watch } from "../reload/watched.js";
import { type CountryOf, readCountryDatabase } from "./country-database.js";

const UNKNOWN: CountryOf = () => undefined;

/** The database that GEOIP_DATABASE names, reread when its file changes; without one no country is known. */
export async function openCountryDatabase(
  path: string | undefined,
  reloads: Reloads,
): Promise<Pick<Watched<CountryOf>, "current" | "reload"> & AsyncDisposable> {
  if (path === undefined) {
    return {
      current: () => UNKNOWN,
      reload: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  return watch({
    read: async () => {
      const { mtimeMs, size, ino } = await stat(path).catch(refuse);
      return { mtimeMs, size, ino };
    },
    parse: async () => readCountryDatabase(await readFile(path).catch(refuse)),
    intervalMs: reloads.intervalMs,
    ...reporting("geoip", reloads),
  }).catch((error: unknown) => {
    throw error instanceof ConfigurationError ? error : new ConfigurationError([UNREADABLE]);
  });
}

const UNREADABLE = "GEOIP_DATABASE names a file that cannot be read as a MaxMind database";

function refuse(): never {
  throw new ConfigurationError([UNREADABLE]);
}

import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type CountryOf, readCountryDatabase } from "../../geoip/country-database.js";
import type { ProgramContext } from "../command-line/program-context.js";
import type { AccessFlags } from "../service-access/access-flags.js";
import type { ServiceAccess } from "../service-access/open-access.js";
import { inPlainWords, withService } from "../service-access/with-service.js";
import { interruption } from "./interruption.js";
import { type Look, panel } from "./panel.js";
import { recentEntries } from "./recent-entries.js";
import { tally } from "./tally.js";

export interface WatchFlags extends AccessFlags {
  readonly once: boolean | undefined;
  readonly minutes: number | undefined;
  /** In seconds. */
  readonly interval: number | undefined;
  readonly geoip: string | undefined;
  readonly json: boolean | undefined;
}

const CALLER = "countersign watch";
const MINUTE_MS = 60_000;
/** Home, and clear what is below. */
const REDRAW = "\u001b[H\u001b[2J";

/** Polls until it is interrupted. A failed poll is reported and the next one tried, except for the first. */
export async function runWatch(context: ProgramContext, flags: WatchFlags): Promise<number> {
  using interrupted = interruption();
  return await watchUntil(interrupted.signal, context, flags);
}

export function watchUntil(signal: AbortSignal, context: ProgramContext, flags: WatchFlags): Promise<number> {
  const { once, interval = 5 } = flags;
  return withService({ context, flags, caller: CALLER }, async (access) => {
    const look = await lookout(context, flags, access);
    const show = shower(context, flags);
    show(await look());
    while (once !== true && (await waited(interval * 1_000, signal))) {
      try {
        show(await look());
      } catch (error) {
        const words = inPlainWords(error, flags.url);
        context.note(`countersign: ${words instanceof Error ? words.message : String(words)}; trying again`);
      }
    }
    return 0;
  });
}

async function lookout(
  { now }: ProgramContext,
  { minutes = 15, geoip }: WatchFlags,
  { admin, geoipDatabase }: ServiceAccess,
): Promise<() => Promise<Look>> {
  const countryOf = await openCountries(geoip ?? geoipDatabase);
  const read = recentEntries(admin, { now, windowMs: minutes * MINUTE_MS });
  return async () => {
    const recent = await read();
    return { at: now(), minutes, recent, tally: tally(recent.entries, countryOf) };
  };
}

async function openCountries(file: string | undefined): Promise<CountryOf> {
  if (file === undefined) return () => undefined;
  try {
    return readCountryDatabase(await readFile(file));
  } catch (cause) {
    throw new Error("--geoip (or GEOIP_DATABASE) cannot be read as a MaxMind database", { cause });
  }
}

function shower({ print, stdout }: ProgramContext, { json, once }: WatchFlags): (look: Look) => void {
  if (json === true)
    return ({ at, minutes, recent: { complete }, tally: counts }) =>
      print(JSON.stringify({ time: at, minutes, complete, ...counts }));
  if (once === true) return (look) => print(panel(look));
  const redraws = "isTTY" in stdout && stdout.isTTY === true;
  return (look) => print(redraws ? `${REDRAW}${panel(look)}` : `${panel(look)}\n`);
}

/** Whether the time passed without an interruption. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false);
}

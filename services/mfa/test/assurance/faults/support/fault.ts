import { setTimeout as sleep } from "node:timers/promises";
import type { FaultProxy } from "../../../support/stores/fault-proxy.js";
import type { Random } from "../../support/random.js";
import { type Link, REPLICAS, type Stage } from "./stage.js";

/** The fault for which a replica may say that its clock is wrong. */
export const CLOCK_FAULT = "replica: its clock steps";

/** Something that breaks, by itself or because somebody broke it. */
export interface Fault {
  /** Begins with what it befalls: a link, or `replica`. */
  readonly name: string;
  /** Breaks it, and answers how to mend it again. Mending resolves once what was broken works again. */
  readonly begin: (stage: Stage, random: Random) => Promise<() => Promise<void>>;
  /** How long it stays broken. */
  readonly holdMs?: number;
}

export const HOLD_MS = 1_500;

/** The proxies of a link: of all replicas, or of one that is picked. */
export function pickProxies({ proxies }: Stage, link: Link, random: Random): readonly FaultProxy[] {
  const all = proxies.map((own) => own[link]);
  return random.chance(0.5) ? all : [all[random.below(REPLICAS)]!];
}

/** Does something again and again until it is told to stop. */
export function repeat(everyMs: number, work: () => Promise<unknown>): () => Promise<void> {
  const stop = new AbortController();
  const running = (async () => {
    while (!stop.signal.aborted) {
      await work();
      await sleep(everyMs);
    }
  })();
  return async () => {
    stop.abort();
    await running;
  };
}

/** For statements to a server that a fault may have taken the connection to. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(100);
    }
  }
}

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Instance } from "./instance.js";

/** What a replica holds while nobody calls it. */
interface Holdings {
  readonly sessions: number;
  readonly streams: number;
  /** Connections of clients to both ports; 0 where there is no /proc. */
  readonly connections: number;
}

/** How long after the last client has left a replica may hold on to anything of it. */
const SETTLE_MS = 20_000;

/** The end of a campaign, once its clients have left: the replica lives, and holds nothing of them any more. */
export async function expectAtRest(instance: Instance, withinMs = SETTLE_MS): Promise<void> {
  expect(instance.process.hasExited(), instance.process.output()).toBe(false);
  const end = performance.now() + withinMs;
  let held = await holdings(instance);
  while (!isNothing(held) && performance.now() < end) {
    await sleep(200);
    held = await holdings(instance);
  }
  expect(held).toEqual({ sessions: 0, streams: 0, connections: 0 });
}

function isNothing(held: Holdings): boolean {
  return Object.values(held).every((count) => count === 0);
}

async function holdings(instance: Instance): Promise<Holdings> {
  const metrics = await instance.metrics();
  return {
    sessions: metrics.get("countersign_http2_sessions") ?? Number.NaN,
    streams: metrics.get("countersign_http2_streams") ?? Number.NaN,
    connections: clientConnections([instance.port, instance.adminPort]),
  };
}

const LISTEN = "0A";

/** Sockets of this machine on these local ports that a process still holds, listeners aside (proc(5), /proc/net/tcp). */
function clientConnections(ports: readonly number[]): number {
  let table: string;
  try {
    table = readFileSync("/proc/net/tcp", "utf8");
  } catch {
    return 0;
  }
  const wanted = new Set(ports.map((port) => port.toString(16).toUpperCase().padStart(4, "0")));
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state, , , , , , inode]) => {
      return wanted.has(local.split(":")[1] ?? "") && state !== LISTEN && inode !== "0";
    }).length;
}

const SAMPLE_MS = 250;

/** Samples a replica's resident memory until it is disposed of. */
export class MemoryWatch implements Disposable {
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(instance: Instance) {
    this.#timer = setInterval(() => this.#samples.push(instance.residentMiB()), SAMPLE_MS);
  }

  get peakMiB(): number {
    return Math.max(0, ...this.#samples);
  }

  /** Medians of the second and the last quarter: the first is warm-up. Undefined with too few samples to tell. */
  get growthMiB(): number | undefined {
    const quarter = Math.floor(this.#samples.length / 4);
    if (quarter < 20) return undefined;
    return median(this.#samples.slice(-quarter)) - median(this.#samples.slice(quarter, 2 * quarter));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}

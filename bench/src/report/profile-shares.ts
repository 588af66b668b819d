import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A share of the time in which the profiled thread worked. */
interface Share {
  readonly part: string;
  readonly share: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** As V8 writes it: `timeDeltas` are the µs before each sample, `samples` the nodes that were on top. */
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const IDLE = "(idle)";

/**
 * What a frame is part of, by where its code lies, or by its name where it has no source: the first that matches. A frame of none of them counts
 * to its caller.
 */
const PARTS: readonly (readonly [part: string, place: RegExp])[] = [
  [IDLE, /^\(idle\)$/],
  ["collecting garbage", /^\(garbage collector\)$/],
  ["cryptography", /field-crypto\/|internal\/crypto\/|node:crypto|domain\/match-totp|compose\/crypto/],
  ["log and metrics", /\/pino\/|\/sonic-boom\/|\/prom-client\/|\/telemetry\/|call-report/],
  ["Postgres: driver, statements, audit rows", /\/postgres\/|\/drizzle-orm\//],
  ["Redis: driver and scripts", /\/ioredis\/|storage\/redis\//],
  ["Protobuf", /@bufbuild\/protobuf\/|packages\/protocol\//],
  [
    "HTTP/2, sockets and our transport",
    /internal\/http2\/|node:net|internal\/stream_base_commons|mfa\/dist\/net\//,
  ],
  ["the pipeline and the steps of a login", /mfa\/dist\//],
];

const OTHER = "Node: promises, timers, system calls";

/** Where the time of the newest CPU profile in a folder went, most first. */
export function profileShares(folder: string): readonly Share[] {
  // Node names them by date and time.
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith(".cpuprofile"))
    .sort()
    .at(-1);
  return newest === undefined
    ? []
    : sharesOf(JSON.parse(readFileSync(join(folder, newest), "utf8")) as CpuProfile);
}

function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): readonly Share[] {
  const partOf = partsOf(nodes);
  const times = new Map<string, number>();
  samples.forEach((id, index) => {
    const part = partOf.get(id) ?? OTHER;
    times.set(part, (times.get(part) ?? 0) + (timeDeltas[index] ?? 0));
  });
  times.delete(IDLE);
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([part, time]) => ({ part, share: time / total }))
    .sort((one, other) => other.share - one.share);
}

function partsOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parts = new Map<number, string>();
  const [root] = nodes;
  const open: (readonly [node: ProfileNode, of: string])[] = root === undefined ? [] : [[root, OTHER]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, caller] = next;
    const { functionName, url } = node.callFrame;
    const place = url === "" ? functionName : url;
    const part = PARTS.find(([, pattern]) => pattern.test(place))?.[0] ?? caller;
    parts.set(node.id, part);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) open.push([child, part]);
    }
  }
  return parts;
}

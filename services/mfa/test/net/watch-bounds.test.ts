import { createClient } from "@connectrpc/connect";
import { Health } from "@countersign/protocol/grpc/health/v1/health_pb.js";
import type { WatchLimits } from "@countersign/rpc-server";
import { describe, expect, test } from "vitest";
import { startBoundedServer } from "./support/bounded-server.js";
import { errorOf, reasonOf, transportOf } from "./support/clients.js";

const WATCH = new Set(["grpc.health.v1.Health/Watch"]);

/** A server with the limits given, and the reasons for which it refused watches. */
async function startWatched(watchLimits: Partial<WatchLimits>) {
  const reasons: string[] = [];
  const onWatchRefused = (reason: string) => void reasons.push(reason);
  const server = await startBoundedServer({}, { health: { watchLimits, onWatchRefused } });
  return { ...server, reasons };
}

/** A watch over a connection of its own, or one that is given. */
function watcher(url: string, client = createClient(Health, transportOf("gRPC over HTTP/2", url))) {
  const over = new AbortController();
  const messages = client.watch({}, { signal: over.signal })[Symbol.asyncIterator]();
  return { first: () => messages.next(), rest: () => messages.next(), stop: () => over.abort() };
}

describe("health watches", () => {
  test.each([
    ["of a process", { max: 2 }, "process"],
    ["of a peer address", { maxPerPeer: 2 }, "peer"],
  ])("%s are bounded, and a place is free again when one ends", async (_, limits, reason) => {
    await using server = await startWatched(limits);
    const watches = [watcher(server.url), watcher(server.url)];
    for (const watch of watches) await watch.first();
    const refused = await errorOf(watcher(server.url).first());
    expect(reasonOf(refused)).toBe("OVERLOADED");
    expect(server.reasons).toEqual([reason]);
    watches[0]?.stop();
    await expect.poll(() => server.health.watches).toBe(1);
    const again = watcher(server.url);
    expect((await again.first()).done).toBe(false);
    for (const watch of [...watches, again]) watch.stop();
  });

  test("health watches of a connection are bounded", async () => {
    await using server = await startWatched({ maxPerConnection: 2 });
    const client = createClient(Health, transportOf("gRPC over HTTP/2", server.url));
    const watches = [watcher(server.url, client), watcher(server.url, client)];
    for (const watch of watches) await watch.first();
    expect(reasonOf(await errorOf(watcher(server.url, client).first()))).toBe("OVERLOADED");
    expect((await client.check({})).status).toBe(1);
    expect(server.reasons).toEqual(["connection"]);
    for (const watch of watches) watch.stop();
  });

  test("end after their time", async () => {
    await using server = await startWatched({ lastsMs: 100 });
    const watch = watcher(server.url);
    await watch.first();
    expect((await watch.rest()).done).toBe(true);
    await expect.poll(() => server.health.watches).toBe(0);
  });
});

test("Watch is for callers alone where it is said so; Check and List are not", async () => {
  await using server = await startBoundedServer({}, { pipeline: { callersOnly: WATCH } });
  const client = createClient(Health, transportOf("gRPC over HTTP/2", server.url));
  expect(reasonOf(await errorOf(watcher(server.url).first()))).toBe("UNAUTHENTICATED");
  expect((await client.check({})).status).toBe(1);
  expect(Object.keys((await client.list({})).statuses)).toContain("");
  const signal = AbortSignal.timeout(60_000);
  const headers = { authorization: "Bearer login" };
  for await (const { status } of client.watch({}, { signal, headers })) {
    expect(status).toBe(1);
    break;
  }
});

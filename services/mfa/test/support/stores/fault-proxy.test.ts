import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";

const echo = createServer((socket) => void socket.on("error", () => undefined).pipe(socket));
let proxy: FaultProxy;

beforeEach(async () => {
  if (!echo.listening) await once(echo.listen(0, "127.0.0.1"), "listening");
  proxy = await startFaultProxy({ host: "127.0.0.1", port: (echo.address() as AddressInfo).port });
});
afterEach(() => proxy[Symbol.asyncDispose]());

/** Connects, says something and tells what came of it. */
async function say(text: string, patience = 60_000): Promise<string> {
  const socket = connect(proxy.port, proxy.host);
  const code = (error: NodeJS.ErrnoException) => error.code ?? "";
  const failure = once(socket, "error").then(([error]) => code(error as NodeJS.ErrnoException));
  const silence = new Promise<string>((resolve) => setTimeout(resolve, patience, "silence"));
  socket.write(text);
  const reply = once(socket, "data").then(([data]) => String(data), code);
  const outcome = await Promise.race([reply, failure, silence]);
  socket.destroy();
  return outcome;
}

test("a fault proxy passes bytes both ways", async () => {
  expect(await say("hello")).toBe("hello");
});

test("delays bytes both ways, and keeps their order", async () => {
  await proxy.set({ delay: 40 });
  const start = performance.now();
  expect(await say("hello")).toBe("hello");
  expect(performance.now() - start).toBeGreaterThanOrEqual(79);
});

test("swallows bytes without closing", async () => {
  await proxy.set("black-hole");
  expect(await say("hello", 150)).toBe("silence");
});

test("resets new and open connections", async () => {
  const open = connect(proxy.port, proxy.host);
  open.write("hello");
  await once(open, "data");
  const failure = once(open, "error");
  await proxy.set("reset");
  expect(((await failure)[0] as NodeJS.ErrnoException).code).toBe("ECONNRESET");
  expect(await say("hello")).toBe("ECONNRESET");
});

test("a fault proxy refuses connections, and takes them again at the same port", async () => {
  await proxy.set("refuse");
  expect(await say("hello")).toBe("ECONNREFUSED");
  await proxy.set("pass");
  expect(await say("hello")).toBe("hello");
});

test("leads new connections to another server", async () => {
  const other = createServer((socket) => socket.on("error", () => undefined).end("other"));
  await once(other.listen(0, "127.0.0.1"), "listening");
  proxy.moveTo({ host: "127.0.0.1", port: (other.address() as AddressInfo).port });
  expect(await say("hello")).toBe("other");
  other.close();
});

/** A server that tells in `heard` what reached it and how the connection ended. */
async function listener() {
  const heard: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("data", (data) => {
      heard.push(String(data));
      socket.write("reply");
    });
    socket.on("end", () => {
      heard.push("end");
      socket.end("last");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => heard.push(error.code ?? ""));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  proxy.moveTo({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  return { heard, [Symbol.dispose]: () => void server.close() };
}

/** Connects and sends a text; what is received, and how the connection ends for the client, comes into `seen`. */
function converse(text: string) {
  const seen: string[] = [];
  const socket = connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true });
  socket.on("data", (data) => seen.push(String(data)));
  socket.on("end", () => seen.push("end"));
  socket.on("error", (error: NodeJS.ErrnoException) => seen.push(error.code ?? ""));
  const send = (more: string) => {
    if (socket.writable) socket.write(more);
  };
  send(text);
  return { seen, send, [Symbol.dispose]: () => void socket.destroy() };
}

/** What should not come has time to. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 60));
}

test("delays one direction only", async () => {
  using server = await listener();
  await proxy.set({ delay: 600_000, direction: "to-client" });
  using client = converse("hello");
  await expect.poll(() => server.heard).toEqual(["hello"]);
  await pause();
  expect(client.seen).toEqual([]);
});

test("swallows one direction only", async () => {
  using server = await listener();
  await proxy.set({ blackHole: "to-client" });
  using client = converse("hello");
  await expect.poll(() => server.heard).toEqual(["hello"]);
  await pause();
  expect(client.seen).toEqual([]);
});

test.each([
  { by: "reset", client: ["rep", "ECONNRESET"], server: ["hello", "ECONNRESET"] },
  { by: "end", client: ["rep", "end"], server: ["hello", "end"] },
  { by: "half-close", client: ["rep", "end"], server: ["hello", "more", "end"] },
] as const)("cuts the answer after three bytes by $by", async ({ by, ...expected }) => {
  using server = await listener();
  await proxy.set({ cutAfter: 3, direction: "to-client", by });
  using client = converse("hello");
  await expect.poll(() => client.seen).toEqual(expected.client);
  client.send("more");
  if (by === "half-close") await expect.poll(() => server.heard).toContain("more");
  client[Symbol.dispose]();
  await expect.poll(() => server.heard).toEqual(expected.server);
});

test.each([
  { by: "reset", client: ["ECONNRESET"], server: ["hell", "ECONNRESET"] },
  { by: "end", client: ["end"], server: ["hell", "end"] },
  { by: "half-close", client: ["reply", "last", "end"], server: ["hell", "end"] },
] as const)("cuts the request after four bytes by $by", async ({ by, ...expected }) => {
  using server = await listener();
  await proxy.set({ cutAfter: 4, direction: "to-server", by });
  using client = converse("hello");
  // The server answers what it got; whether that passes before the cut is a matter of time, and of the kernel's batches.
  const told = () => client.seen.join("").replace(by === "half-close" ? "" : "reply", "");
  await expect.poll(told).toBe(expected.client.join(""));
  client.send("more");
  await pause();
  client[Symbol.dispose]();
  await expect.poll(() => server.heard).toEqual(expected.server);
});

test("a fault proxy counts each connection's bytes from when it opened or the fault was set, over chunks", async () => {
  using server = await listener();
  const before = connect(proxy.port, proxy.host);
  before.write("hello");
  await once(before, "data");
  await proxy.set({ cutAfter: 7, direction: "to-client", by: "end" });
  before.write("hello");
  expect(String((await once(before, "data"))[0])).toBe("reply");
  before.destroy();
  using client = converse("hello");
  await expect.poll(() => client.seen).toEqual(["reply"]);
  client.send("more");
  await expect.poll(() => client.seen).toEqual(["reply", "re", "end"]);
  client.send("again");
  await expect.poll(() => server.heard).toContain("more");
});

test("delivers nothing of the answer with a cut after no byte", async () => {
  using server = await listener();
  await proxy.set({ cutAfter: 0, direction: "to-client", by: "reset" });
  using client = converse("hello");
  await expect.poll(() => client.seen).toEqual(["ECONNRESET"]);
  expect(server.heard[0]).toBe("hello");
});

test("treats each connection as its number says", async () => {
  const first = proxy.accepted;
  await proxy.set((connection) => (connection === first + 1 ? "reset" : "pass"));
  expect(await say("hello")).toBe("hello");
  expect(await say("hello")).toBe("ECONNRESET");
  expect(await say("hello")).toBe("hello");
  expect(proxy.accepted).toBe(first + 3);
});

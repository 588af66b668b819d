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

/** Connects, says something and tells what came of it within a while. */
async function say(text: string, patience = 150): Promise<string> {
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

test("passes bytes both ways", async () => {
  expect(await say("hello")).toBe("hello");
});

test("delays bytes both ways, and keeps their order", async () => {
  await proxy.set({ delay: 40 });
  const start = performance.now();
  expect(await say("hello", 2_000)).toBe("hello");
  expect(performance.now() - start).toBeGreaterThanOrEqual(79);
});

test("swallows bytes without closing", async () => {
  await proxy.set("black-hole");
  expect(await say("hello")).toBe("silence");
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

test("refuses connections, and takes them again at the same port", async () => {
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

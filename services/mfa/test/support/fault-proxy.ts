import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * How the network between a client and its server behaves:
 * `pass` forwards; `delay` forwards each chunk later, both ways; `black-hole` accepts and swallows everything;
 * `reset` breaks every connection, open or new; `refuse` listens to nobody and breaks open connections.
 */
export type Fault = "pass" | { readonly delay: number } | "black-hole" | "reset" | "refuse";

export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Takes effect at once, for open connections too. Bytes swallowed by `black-hole` stay lost. */
  set(fault: Fault): Promise<void>;
  /** Leads new connections elsewhere, as an address that moves does. Open ones stay. */
  moveTo(target: { readonly host: string; readonly port: number }): void;
}

/** A TCP proxy on a free loopback port, for tests of what happens when Redis or Postgres is slow, silent or gone. */
export async function startFaultProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  let fault: Fault = "pass";
  let destination = target;
  const open = new Set<Socket>();
  const breakAll = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  const track = (socket: Socket) => {
    open.add(socket.setNoDelay(true));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    track(client);
    if (fault === "reset") return void client.resetAndDestroy();
    const upstream = connect({ ...destination, allowHalfOpen: true });
    track(upstream);
    forward(client, upstream, () => fault);
    forward(upstream, client, () => fault);
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    host: "127.0.0.1",
    port,
    async set(next) {
      fault = next;
      if (next === "reset" || next === "refuse") breakAll();
      if (next === "refuse" && server.listening) server.close();
      if (next !== "refuse" && !server.listening) await listen(port);
    },
    moveTo(next) {
      destination = next;
    },
    async [Symbol.asyncDispose]() {
      breakAll();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}

/** Chunks keep their order: each waits for the one before, whatever their delays. */
function forward(from: Socket, to: Socket, faultNow: () => Fault): void {
  let previous = Promise.resolve();
  const pass = (deliver: () => unknown) => {
    const fault = faultNow();
    if (fault === "black-hole") return;
    const due = typeof fault === "object" ? wait(fault.delay) : undefined;
    previous = previous
      .then(() => due)
      .then(() => {
        if (to.writable) deliver();
      });
  };
  from.on("data", (chunk) => pass(() => to.write(chunk)));
  from.on("end", () => pass(() => to.end()));
  // A reset on one side is a reset on the other, even while bytes are swallowed.
  from.on("close", (hadError) => {
    if (hadError) to.resetAndDestroy();
  });
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

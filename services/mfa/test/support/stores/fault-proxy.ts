import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type Direction = "to-server" | "to-client";

/**
 * Breaks a connection once `cutAfter` bytes of one direction were delivered, counted for each connection from when the fault was set or the
 * connection opened, whichever is later. With 0 the first byte breaks it and is not delivered. `reset` sends RST to both sides, `end` sends FIN
 * to both sides, `half-close` sends FIN to the receiver only and lets the other direction go on.
 */
export interface Cut {
  readonly cutAfter: number;
  readonly direction: Direction;
  readonly by: "reset" | "end" | "half-close";
}

/**
 * How the network treats one connection. `pass` forwards; `delay` forwards each chunk later; a black hole accepts bytes and swallows them; `reset`
 * sends RST to both sides immediately. A delay or black hole without a direction applies to both.
 */
export type ConnectionFault =
  | "pass"
  | { readonly delay: number; readonly direction?: Direction }
  | "black-hole"
  | { readonly blackHole: Direction }
  | Cut
  | "reset";

/** `refuse` closes the listener and resets every connection. A function chooses for each connection by its number: 0, 1, 2 as they open. */
export type Fault = ConnectionFault | "refuse" | ((connection: number) => ConnectionFault);

export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections accepted so far; also the number of the next one. */
  readonly accepted: number;
  /** Takes effect immediately, also for open connections. Swallowed bytes stay lost, and a connection that was cut stays cut. */
  set(fault: Fault): Promise<void>;
  /** Leads new connections elsewhere, as an address that moves does. Open ones stay. */
  moveTo(target: { readonly host: string; readonly port: number }): void;
}

/** A TCP proxy on a free loopback port, for tests of what happens when a server is slow, silent or gone. */
export async function startFaultProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  let fault: Fault = "pass";
  let destination = target;
  let accepted = 0;
  const open = new Set<Connection>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const number = accepted++;
    const upstream = connect({ ...destination, allowHalfOpen: true });
    const connection = openConnection(number, client, upstream);
    open.add(connection);
    client.on("close", () => open.delete(connection));
    connection.set(faultOf(fault, number));
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
    get accepted() {
      return accepted;
    },
    async set(next) {
      fault = next;
      for (const connection of open) connection.set(faultOf(next, connection.number));
      if (next === "refuse" && server.listening) server.close();
      if (next !== "refuse" && !server.listening) await listen(port);
    },
    moveTo(next) {
      destination = next;
    },
    async [Symbol.asyncDispose]() {
      for (const connection of open) connection.reset();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}

function faultOf(fault: Fault, connection: number): ConnectionFault {
  if (fault === "refuse") return "reset";
  return typeof fault === "function" ? fault(connection) : fault;
}

interface Connection {
  readonly number: number;
  set(fault: ConnectionFault): void;
  reset(): void;
}

/** Both sockets of one connection and the fault that is in force for it. */
interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  fault: ConnectionFault;
  /** Bytes taken since the fault was set. */
  readonly taken: Record<Direction, number>;
  /** Directions that deliver nothing any more. */
  readonly ended: Set<Direction>;
}

function openConnection(number: number, client: Socket, upstream: Socket): Connection {
  const taken = { "to-server": 0, "to-client": 0 };
  const link: Link = { client, upstream, fault: "pass", taken, ended: new Set() };
  for (const socket of [client, upstream]) {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
  }
  forward(link, "to-server");
  forward(link, "to-client");
  return {
    number,
    set(fault) {
      link.fault = fault;
      taken["to-server"] = taken["to-client"] = 0;
      if (fault === "reset") reset(link);
    },
    reset: () => reset(link),
  };
}

/** Chunks keep their order: each waits for the one before, whatever their delays. */
function forward(link: Link, direction: Direction): void {
  const [from, to] = direction === "to-server" ? [link.client, link.upstream] : [link.upstream, link.client];
  let previous = Promise.resolve();
  const pass = (deliver: () => unknown) => {
    if (link.ended.has(direction) || swallows(link.fault, direction)) return;
    const due = delayOf(link.fault, direction);
    previous = previous
      .then(() => due)
      .then(() => {
        if (to.writable) deliver();
      });
  };
  from.on("data", (chunk) => {
    const cut = cutOf(link, direction, chunk);
    pass(() => (cut === undefined ? to.write(chunk) : breakAfter(link, cut.by, { to, last: cut.last })));
    if (cut === undefined) return;
    for (const ended of cut.by === "half-close" ? [direction] : BOTH) link.ended.add(ended);
  });
  from.on("end", () => pass(() => to.end()));
  // A reset on one side is a reset on the other, even while bytes are swallowed.
  from.on("close", (hadError) => {
    if (hadError) to.resetAndDestroy();
  });
}

const BOTH = ["to-server", "to-client"] as const;

/** How the chunk breaks the connection, and what of it is still delivered; undefined when it does not. */
function cutOf(link: Link, direction: Direction, chunk: Buffer) {
  const { fault } = link;
  const left = typeof fault === "object" && "cutAfter" in fault ? fault.cutAfter - link.taken[direction] : 0;
  link.taken[direction] += chunk.length;
  if (typeof fault !== "object" || !("cutAfter" in fault) || fault.direction !== direction) return undefined;
  if (link.ended.has(direction) || chunk.length < left) return undefined;
  return { by: fault.by, last: chunk.subarray(0, Math.max(left, 0)) };
}

function breakAfter(link: Link, by: Cut["by"], { to, last }: { to: Socket; last: Buffer }): void {
  // A reset drops what is not sent, and on some kernels what is not read: the last bytes get a moment to arrive.
  if (by === "reset") return void to.write(last, () => setTimeout(reset, 1, link));
  to.end(last);
  if (by === "end") (to === link.client ? link.upstream : link.client).end();
}

function reset({ client, upstream }: Link): void {
  client.resetAndDestroy();
  upstream.resetAndDestroy();
}

function swallows(fault: ConnectionFault, direction: Direction): boolean {
  if (fault === "black-hole") return true;
  return typeof fault === "object" && "blackHole" in fault && fault.blackHole === direction;
}

function delayOf(fault: ConnectionFault, direction: Direction): Promise<void> | undefined {
  if (typeof fault !== "object" || !("delay" in fault)) return undefined;
  if (fault.direction !== undefined && fault.direction !== direction) return undefined;
  return new Promise((resolve) => setTimeout(resolve, fault.delay));
}

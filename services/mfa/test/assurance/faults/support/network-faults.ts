import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Cut, Direction, Fault as ProxyFault } from "../../../support/stores/fault-proxy.js";
import type { Random } from "../../support/random.js";
import { type Fault, pickProxies } from "./fault.js";
import { LINKS, type Link } from "./stage.js";

const DIRECTIONS: readonly Direction[] = ["to-server", "to-client"];

/** Everything that a network does, on every link. */
export function networkFaults(): Fault[] {
  return LINKS.flatMap((link) => [
    onLink(link, "delay", (random) => ({
      delay: random.between(100, 1_500),
      direction: random.pick(DIRECTIONS),
    })),
    onLink(link, "black hole", () => "black-hole"),
    ...DIRECTIONS.map((blackHole) => onLink(link, `black hole ${blackHole}`, () => ({ blackHole }))),
    onLink(link, "reset", () => "reset"),
    onLink(link, "refuse", () => "refuse"),
    ...(["reset", "end", "half-close"] as const).flatMap((by) =>
      DIRECTIONS.map((direction) => cutting(link, by, direction)),
    ),
  ]);
}

function onLink(link: Link, name: string, choose: (random: Random) => ProxyFault): Fault {
  return {
    name: `${link}: ${name}`,
    async begin(stage, random) {
      const proxies = pickProxies(stage, link, random);
      const fault = choose(random);
      for (const proxy of proxies) await proxy.set(fault);
      return async () => {
        // What was swallowed stays lost: a connection that went through a black hole is out of step for ever.
        for (const proxy of proxies) await proxy.set("reset");
        for (const proxy of proxies) await proxy.set("pass");
      };
    },
  };
}

/** Each connection, open or new, breaks after some bytes of its own: within a greeting, a statement, an answer, or between two. */
function cutting(link: Link, by: Cut["by"], direction: Direction): Fault {
  return {
    name: `${link}: ${by} after some bytes ${direction}`,
    async begin(stage, random) {
      const proxies = pickProxies(stage, link, random);
      const most = random.pick([16, 200, 1_000, 5_000]);
      for (const proxy of proxies) await proxy.set(() => ({ cutAfter: random.below(most), direction, by }));
      return async () => {
        for (const proxy of proxies) await proxy.set("pass");
      };
    },
  };
}

/** Another program answers at the address of a store. */
export function wrongServerFaults(): Fault[] {
  const http = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  return [
    wrongServer("redis", "random bytes", (random) => random.bytes(200)),
    wrongServer("redis", "an HTTP answer", () => Buffer.from(http)),
    wrongServer("redis", "OK to everything", () => Buffer.from("+OK\r\n".repeat(20))),
    wrongServer("redis", "a number to everything", () => Buffer.from(":1\r\n".repeat(20))),
    wrongServer("redis", "LOADING", () =>
      Buffer.from("-LOADING Redis is loading the dataset in memory\r\n".repeat(20)),
    ),
    wrongServer("postgres", "random bytes", (random) => random.bytes(200)),
    wrongServer("postgres", "an HTTP answer", () => Buffer.from(http)),
    wrongServer("postgres", "refusals of connections", () => tooManyConnections()),
    wrongServer("mail", "random bytes", (random) => random.bytes(200)),
    wrongServer("sms", "random bytes", (random) => random.bytes(200)),
  ];
}

function wrongServer(link: Link, name: string, reply: (random: Random) => Buffer): Fault {
  return {
    name: `${link}: ${name}`,
    async begin(stage, random) {
      const server = await startLiar(() => reply(random));
      const proxies = stage.proxies.map((own) => own[link]);
      const lead = async (port: number) => {
        for (const proxy of proxies) {
          proxy.moveTo({ host: "127.0.0.1", port });
          await proxy.set("reset");
          await proxy.set("pass");
        }
      };
      await lead(server.port);
      return async () => {
        await lead(stage.targets[link]);
        server.close();
      };
    },
  };
}

/** Answers the same to whatever it is sent. */
async function startLiar(
  reply: () => Buffer,
): Promise<{ readonly port: number; readonly close: () => void }> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => open.delete(socket));
    socket.on("data", () => socket.writable && socket.write(reply()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** PostgreSQL's ErrorResponse 53300 (protocol 3.0, section 55.7), as a server without a free slot sends it. */
function tooManyConnections(): Buffer {
  const fields = ["SFATAL", "VFATAL", "C53300", "Msorry, too many clients already", ""];
  const body = Buffer.from(`${fields.join("\0")}\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

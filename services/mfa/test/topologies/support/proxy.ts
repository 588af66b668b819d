import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeDataFolder } from "../../support/backing/data-folder.js";
import { freePort, listens } from "../../support/backing/free-port.js";
import { localProgram } from "../../support/backing/programs.js";
import { type ServerProcess, startProcess } from "../../support/backing/server-process.js";

/** The ports of one server behind the proxy. */
export interface Backend {
  readonly port: number;
  readonly adminPort: number;
}

export interface Proxy extends AsyncDisposable {
  /** Host and port for callers. */
  readonly address: string;
  /** The last of what it logged. */
  output(): string;
}

export type ProxyName = "haproxy" | "nginx" | "caddy";

interface Shipped {
  readonly file: string;
  /** What stands in the file for connections of minutes, and what makes them last seconds. */
  readonly shorter: Readonly<Record<string, string>>;
  readonly command: (program: string, file: string, folder: string) => readonly [string, ...string[]];
}

const SHIPPED: Record<ProxyName, Shipped> = {
  haproxy: {
    file: "haproxy.cfg",
    shorter: { "max-reuse 1000": "max-reuse 50" },
    command: (program, file) => [program, "-db", "-f", file],
  },
  nginx: {
    file: "nginx.conf",
    shorter: { "keepalive_time 4m": "keepalive_time 1s" },
    command: (program, file, folder) => [
      program,
      "-c",
      file,
      "-p",
      folder,
      "-g",
      "daemon off; pid nginx.pid; error_log stderr;",
    ],
  },
  caddy: {
    file: "Caddyfile",
    shorter: {},
    command: (program, file) => [program, "run", "--adapter", "caddyfile", "--config", file],
  },
};

/** Runs a proxy with the file of `deploy/proxies` as it stands, but for the ports and for how long a connection lasts. */
export async function startProxy(name: ProxyName, [a, b]: readonly [Backend, Backend]): Promise<Proxy> {
  const { file, shorter, command } = SHIPPED[name];
  const program = await localProgram(name);
  const port = await freePort();
  const folder = makeDataFolder(name);
  const path = join(folder, file);
  const shipped = new URL(`../../../../../deploy/proxies/${file}`, import.meta.url);
  const replacements = {
    "127.0.0.1:50051": `127.0.0.1:${a.port}`,
    "127.0.0.1:50052": `127.0.0.1:${b.port}`,
    "h1 port 9090": `h1 port ${a.adminPort}`,
    "h1 port 9091": `h1 port ${b.adminPort}`,
    "bind :50050": `bind 127.0.0.1:${port}`,
    "listen 50050": `listen 127.0.0.1:${port}`,
    "http://:50050": `http://127.0.0.1:${port}`,
    ...shorter,
  };
  let text = readFileSync(fileURLToPath(shipped), "utf8");
  for (const [written, here] of Object.entries(replacements)) text = text.replaceAll(written, here);
  writeFileSync(path, text);
  // nginx's master takes its workers with it only if it is told to end.
  const server = await startProcess({
    command: command(program, path, folder),
    folder,
    stopSignal: "SIGTERM",
  });
  await isListening(server, port);
  return {
    address: `127.0.0.1:${port}`,
    output: () => server.output(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function isListening(server: ServerProcess, port: number): Promise<void> {
  while (!(await listens(port))) {
    if (server.hasExited()) throw new Error(server.output());
    await sleep(20);
  }
}

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

export type ProxyName = "haproxy" | "nginx";

const FILES: Record<ProxyName, string> = { haproxy: "haproxy.cfg", nginx: "nginx.conf" };

/** Runs a proxy with the file of `deploy/proxies` as it stands, but for the ports. */
export async function startProxy(name: ProxyName, [a, b]: readonly [Backend, Backend]): Promise<Proxy> {
  const program = await localProgram(name);
  const port = await freePort();
  const folder = makeDataFolder(name);
  const path = join(folder, FILES[name]);
  const shipped = new URL(`../../../../../deploy/proxies/${FILES[name]}`, import.meta.url);
  const replacements = {
    "127.0.0.1:50051": `127.0.0.1:${a.port}`,
    "127.0.0.1:50052": `127.0.0.1:${b.port}`,
    "h1 port 9090": `h1 port ${a.adminPort}`,
    "h1 port 9091": `h1 port ${b.adminPort}`,
    "bind :50051": `bind 127.0.0.1:${port}`,
    "listen 50051": `listen 127.0.0.1:${port}`,
  };
  let text = readFileSync(fileURLToPath(shipped), "utf8");
  for (const [written, here] of Object.entries(replacements)) text = text.replaceAll(written, here);
  writeFileSync(path, text);
  const server = await startProcess({
    command: commandFor(name, program, path, folder),
    folder,
    stopSignal: "SIGKILL",
  });
  await isListening(server, port);
  return {
    address: `127.0.0.1:${port}`,
    output: () => server.output(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function commandFor(
  name: ProxyName,
  program: string,
  file: string,
  folder: string,
): readonly [string, ...string[]] {
  if (name === "haproxy") return [program, "-db", "-f", file];
  return [program, "-c", file, "-p", folder, "-g", "daemon off; pid nginx.pid; error_log stderr;"];
}

async function isListening(server: ServerProcess, port: number): Promise<void> {
  while (!(await listens(port))) {
    if (server.hasExited()) throw new Error(server.output());
    await sleep(20);
  }
}

import { once } from "node:events";
import { connect } from "node:net";
import { startContainer } from "./container.js";
import { makeDataFolder } from "./data-folder.js";
import type { Program } from "./programs.js";
import { type ServerProcess, startProcess } from "./server-process.js";

const IMAGE = "redis:7-alpine";
/** Refuses writes when full rather than forget an attempt counter, and keeps nothing on disk. */
const SETTINGS = ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"];

/** Starts a throw-away Redis on a loopback port; extra settings come after ours, as on redis-server's command line. */
export function startRedisOn(
  program: Program,
  port: number,
  settings: readonly string[] = [],
): Promise<ServerProcess> {
  if (program.kind === "container") {
    return startContainer({
      engine: program.engine,
      image: IMAGE,
      options: [],
      command: ["redis-server", ...SETTINGS, ...settings],
      ports: { inside: 6379, outside: port },
    });
  }
  const listen = ["--port", String(port), "--bind", "127.0.0.1"];
  return startProcess({
    command: [program.path, ...listen, ...SETTINGS, ...settings],
    folder: makeDataFolder("redis"),
    stopSignal: "SIGKILL",
  });
}

/** Whether a Redis answers a PING there. */
export async function answersPing(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1").setTimeout(1_000, () => socket.destroy());
  try {
    await once(socket, "connect");
    socket.end("PING\r\n");
    const [reply] = (await once(socket, "data")) as [Buffer];
    return reply.toString().startsWith("+PONG");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

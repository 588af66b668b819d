import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { openGrpc } from "../load/grpc-connection.js";
import { prepareRequests } from "../load/requests.js";
import { onCore, SERVER_CORE } from "../process/cores.js";
import { listening } from "../process/listening.js";
import type { Programs } from "./programs.js";
import { type Spread, spreadOf } from "./spread.js";

const STARTS = 5;

/** How long either form of the program takes to start, over several starts; over one for a smoke run. */
export async function measureStartUps(
  programs: Programs,
  env: Readonly<Record<string, string>>,
  { short }: { readonly short: boolean },
): Promise<{ readonly image: Spread; readonly checkout: Spread }> {
  const times = short ? 1 : STARTS;
  const image = await startsOf(programs.image, env, times);
  return { image, checkout: await startsOf(programs.checkout, env, times) };
}

async function startsOf(
  program: string,
  env: Readonly<Record<string, string>>,
  times: number,
): Promise<Spread> {
  const starts: number[] = [];
  for (let count = 0; count < times; count += 1) starts.push(await measureStartUp(program, env));
  return spreadOf(starts);
}

/** Milliseconds from the start of the process of a program's `serve` until it answers a health check, on one core. */
async function measureStartUp(main: string, env: Readonly<Record<string, string>>): Promise<number> {
  const port = await freePort();
  const [command, ...args] = onCore(SERVER_CORE, [process.execPath, main, "serve"]);
  const start = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: "ignore",
  });
  try {
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error("the service ended while it started");
      await sleep(5);
    }
    return performance.now() - start;
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

async function answers(port: number): Promise<boolean> {
  const probe = connect(port, "127.0.0.1");
  const open = await new Promise<boolean>((resolve) => {
    probe.once("connect", () => resolve(true));
    probe.once("error", () => resolve(false));
  });
  probe.destroy();
  if (!open) return false;
  const { requests, successByte } = prepareRequests({ kind: "empty" });
  const connection = await openGrpc(port, successByte);
  const [request] = requests;
  const answered = await new Promise<boolean>((resolve) => {
    if (request === undefined) resolve(false);
    else connection.call(request, resolve);
  });
  connection.close();
  return answered;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listening(probe);
  probe.close();
  await once(probe, "close");
  return port;
}

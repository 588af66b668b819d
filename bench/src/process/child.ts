import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Core, onCore } from "./cores.js";

/** A process of the benchmark that answers messages of its parent. */
export interface Child<Message, Reply> extends AsyncDisposable {
  readonly pid: number;
  ask(message: Message): Promise<Reply>;
}

export interface ChildOptions {
  readonly core: Core;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** Starts a module of this folder's parent as a process of its own. What it prints on standard output goes nowhere, as into a log collector. */
export async function startChild<Message, Reply>(
  module: string,
  { core, env = {}, nodeOptions = [] }: ChildOptions,
): Promise<Child<Message, Reply>> {
  const path = fileURLToPath(new URL(`../${module}`, import.meta.url));
  const [command, ...args] = onCore(core, [process.execPath, ...nodeOptions, path]);
  const child = spawn(command, args, {
    env: { ...process.env, NODE_ENV: "production", ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(child, "spawn");
  const exited = once(child, "exit");
  return {
    pid: child.pid ?? 0,
    async ask(message) {
      const reply = once(child, "message") as Promise<[{ reply?: Reply; error?: string }]>;
      child.send(message as object);
      const first = await Promise.race([reply, exited.then(() => undefined)]);
      if (first === undefined) throw new Error(`${module} ended`);
      const [{ reply: answer, error }] = first;
      if (error !== undefined) throw new Error(`${module}: ${error}`);
      return answer as Reply;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const impatience = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(impatience);
    },
  };
}

/** The child's side: answers each message of the parent, one after another, and ends with it. */
export function answerParent(answer: (message: never) => Promise<unknown>): void {
  process.on("message", (message) => {
    answer(message as never).then(
      (reply) => process.send?.({ reply }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once("disconnect", () => process.exit(0));
  process.once("SIGTERM", () => process.exit(0));
}

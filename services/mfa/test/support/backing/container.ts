import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { makeDataFolder } from "./data-folder.js";
import { findBinary } from "./find-binary.js";
import { type ServerProcess, startProcess } from "./server-process.js";

const run = promisify(execFile);

/** The first container engine that answers, or undefined. */
export async function findContainerEngine(): Promise<string | undefined> {
  for (const name of ["docker", "podman"]) {
    const engine = findBinary(name);
    const answers = async (path: string) =>
      run(path, ["info"], { timeout: 10_000 }).then(
        () => true,
        () => false,
      );
    if (engine !== undefined && (await answers(engine))) return engine;
  }
  return undefined;
}

/** Which image to run, and its port to publish on `port` of loopback. */
export interface Container {
  readonly engine: string;
  readonly image: string;
  readonly options: readonly string[];
  readonly command: readonly string[];
  readonly ports: { readonly inside: number; readonly outside: number };
}

/** Runs a container in the foreground: its client passes signals on and removes it at its end. */
export async function startContainer(container: Container): Promise<ServerProcess> {
  const { engine, image, options, command, ports } = container;
  const folder = makeDataFolder("container");
  const name = basename(folder).toLowerCase();
  const publish = `127.0.0.1:${ports.outside}:${ports.inside}`;
  const client = await startProcess({
    command: [engine, "run", "--rm", "--name", name, "--publish", publish, ...options, image, ...command],
    folder,
    stopSignal: "SIGTERM",
  });
  return {
    ...client,
    signal: async (signal) => {
      await run(engine, ["kill", "--signal", signal, name]);
    },
    async [Symbol.asyncDispose]() {
      await run(engine, ["rm", "--force", name]);
      await client[Symbol.asyncDispose]();
    },
  };
}

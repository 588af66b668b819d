import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createScratchFolder } from "../../support/scratch-folder.js";
import type { FloodOrder } from "./worker/flood-worker.js";

const ENTRY = fileURLToPath(new URL("worker/flood-worker.ts", import.meta.url));

/**
 * A flood in a process of its own, of the lowest priority: a real one has machines of its own, and must not take from the service, its stores and
 * the logins beside it the cores on which they are measured.
 */
export class Flooder {
  #calls = 0;

  private constructor(private readonly process: ChildProcess) {
    process.on("message", (calls: number) => {
      this.#calls = calls;
    });
  }

  static async start(order: FloodOrder): Promise<Flooder> {
    const { outputFiles } = await build({
      entryPoints: [ENTRY],
      bundle: true,
      platform: "node",
      format: "cjs",
      write: false,
    });
    await using folder = await createScratchFolder();
    const flood = fork(await folder.put("flood.cjs", outputFiles[0]!.text), { execArgv: [] });
    if (flood.pid !== undefined) setPriority(flood.pid, constants.priority.PRIORITY_LOW);
    flood.send(order);
    // Its first count: by then its program has been read.
    await once(flood, "message");
    return new Flooder(flood);
  }

  /** Requests or connections that were opened so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Ends the flood and its connections. */
  async stop(): Promise<void> {
    if (!this.process.connected) throw new Error("the flood has ended by itself");
    const exit = once(this.process, "exit");
    this.process.send("stop");
    await exit;
  }
}

import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import type { FloodOrder } from "./worker/flood-worker.js";

const ENTRY = fileURLToPath(new URL("worker/flood-worker.ts", import.meta.url));

/** A flood in a thread of its own, so that what is measured beside it waits for the server and not for the flood. */
export class Flooder {
  #calls = 0;

  private constructor(private readonly worker: Worker) {
    worker.on("message", (calls: number) => {
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
    const worker = new Worker(outputFiles[0]!.text, { eval: true, workerData: order });
    await once(worker, "online");
    return new Flooder(worker);
  }

  /** Requests or connections that were opened so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Ends the flood and its connections. */
  async stop(): Promise<void> {
    const exit = once(this.worker, "exit");
    this.worker.postMessage("stop");
    await exit;
  }
}

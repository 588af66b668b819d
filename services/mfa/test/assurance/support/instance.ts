import { readFileSync } from "node:fs";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDataFolder } from "../../support/backing/data-folder.js";
import { type ServerProcess, startProcess } from "../../support/backing/server-process.js";

interface InstanceCommand {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly adminPort: number;
}

/** How long a replica may take to its first answer, and a page of the admin port to come. */
const START_MS = 60_000;
const PAGE_MS = 5_000;

/** A replica as a process of its own. */
export class Instance implements AsyncDisposable {
  readonly url: string;

  private constructor(
    readonly process: ServerProcess,
    readonly port: number,
    readonly adminPort: number,
    private readonly log: ErrorLines,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  static async spawn({ command, env, port, adminPort }: InstanceCommand): Promise<Instance> {
    const log = new ErrorLines();
    const child = await startProcess({
      command,
      env,
      folder: makeDataFolder("instance"),
      stopSignal: "SIGTERM",
      onOutput: (text) => log.hear(text),
    });
    return new Instance(child, port, adminPort, log);
  }

  /** Resolves once the stores have answered. */
  async ready(): Promise<void> {
    const end = performance.now() + START_MS;
    while (performance.now() < end && !this.process.hasExited()) {
      const status = await this.page("/readyz").then(
        (page) => page.status,
        () => 0,
      );
      if (status === 200) return;
      await sleep(50);
    }
    throw new Error(`the replica did not become ready:\n${this.process.output()}`);
  }

  /** Lines of its log at level error, and stack traces that it printed. */
  get errors(): readonly string[] {
    return this.log.lines;
  }

  /** Resident memory in MiB; NaN where there is no /proc or the process has ended. */
  residentMiB(): number {
    try {
      const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
    } catch {
      return Number.NaN;
    }
  }

  /** A page of the admin port, over a connection of its own. */
  page(path: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const ask = get({ port: this.adminPort, path, agent: false, timeout: PAGE_MS }, (answer) => {
        text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
      });
      ask.on("timeout", () => ask.destroy(new Error(`${path} took over ${PAGE_MS} ms`)));
      ask.on("error", reject);
    });
  }

  /** The samples of /metrics, by name with labels. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const { body } = await this.page("/metrics");
    const lines = body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(" ");
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.process[Symbol.asyncDispose]());
  }
}

/** Keeps of what a replica prints what it never should. */
class ErrorLines {
  readonly lines: string[] = [];
  #unfinished = "";

  hear(text: string): void {
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop() ?? "";
    for (const line of lines) {
      if (line.includes('"level":"error"') || /^\s+at |Error|FATAL/.test(line)) this.lines.push(line);
    }
  }
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDataFolder } from "../../../support/backing/data-folder.js";
import { freePort } from "../../../support/backing/free-port.js";
import { type ServerProcess, startProcess } from "../../../support/backing/server-process.js";
import { MAIN } from "../../../support/command.js";

/** A replica that ended though nobody ended it. */
export interface Death {
  readonly replica: number;
  readonly at: number;
  /** The last of what it printed. */
  readonly output: string;
}

const START_MS = 30_000;

/**
 * Patches the clock of the process before the program loads, so that a test can step it: SIGUSR2 reads how far, in milliseconds, from a file.
 * The program itself has no such switch.
 */
const STEPPED_CLOCK = `
import { readFileSync } from "node:fs";
const RealDate = Date;
let stepMs = 0;
globalThis.Date = class extends RealDate {
  constructor(...args) { args.length === 0 ? super(RealDate.now() + stepMs) : super(...args); }
  static now() { return RealDate.now() + stepMs; }
};
process.on("SIGUSR2", () => { stepMs = Number(readFileSync(new URL("step", import.meta.url), "utf8")); });
`;

/** One process of the built service on fixed ports. As Kubernetes would, starts it anew when it ends; `deaths` tells of those that nobody asked for. */
export class Replica implements AsyncDisposable {
  readonly deaths: Death[] = [];
  readonly url: string;
  readonly port: number;
  /** How far its clock is from this machine's. */
  clockStepMs = 0;
  readonly #number: number;
  readonly #adminPort: number;
  readonly #env: Readonly<Record<string, string>>;
  readonly #folder = makeDataFolder("replica");
  #process!: ServerProcess;
  #watching: NodeJS.Timeout | undefined;
  /** Ended by the test, and not started anew yet. */
  #killed = false;

  private constructor(
    number: number,
    ports: readonly [number, number],
    env: Readonly<Record<string, string>>,
  ) {
    this.#number = number;
    [this.port, this.#adminPort] = ports;
    this.url = `http://127.0.0.1:${this.port}`;
    this.#env = env;
    writeFileSync(join(this.#folder, "clock.mjs"), STEPPED_CLOCK);
  }

  static async start(number: number, env: Readonly<Record<string, string>>): Promise<Replica> {
    const replica = new Replica(number, [await freePort(), await freePort()], env);
    await replica.#start();
    replica.#watching = setInterval(() => replica.#look(), 20);
    return replica;
  }

  /** kill -9. It stays away until `restart`. */
  async kill(): Promise<void> {
    this.#killed = true;
    await this.#process.crash();
  }

  /** Resolves when its port is open; its clock is right again. */
  async restart(): Promise<void> {
    this.clockStepMs = 0;
    await this.#start();
    this.#killed = false;
  }

  pause(): Promise<void> {
    return this.#process.signal("SIGSTOP");
  }

  resume(): Promise<void> {
    return this.#process.signal("SIGCONT");
  }

  async stepClock(stepMs: number): Promise<void> {
    this.clockStepMs = stepMs;
    writeFileSync(join(this.#folder, "step"), String(stepMs));
    await this.#process.signal("SIGUSR2");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watching);
    await this.#process[Symbol.asyncDispose]();
  }

  #look(): void {
    if (this.#killed || !this.#process.hasExited()) return;
    this.deaths.push({ replica: this.#number, at: performance.now(), output: this.#process.output() });
    this.#killed = true;
    this.restart().catch((error: unknown) => {
      this.deaths.push({ replica: this.#number, at: performance.now(), output: String(error) });
    });
  }

  async #start(): Promise<void> {
    const { PATH = "" } = process.env;
    this.#process = await startProcess({
      command: [process.execPath, "--import", join(this.#folder, "clock.mjs"), MAIN],
      folder: this.#folder,
      env: { PATH, PORT: String(this.port), ADMIN_PORT: String(this.#adminPort), ...this.#env },
      stopSignal: "SIGKILL",
    });
    const patience = AbortSignal.timeout(START_MS);
    // Its banner comes once the port is open; the stores may be away all the while.
    while (!this.#process.output().includes(this.url)) {
      if (this.#process.hasExited() || patience.aborted)
        throw new Error(`replica ${this.#number} did not start:\n${this.#process.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

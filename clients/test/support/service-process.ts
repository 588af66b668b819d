import { setTimeout as sleep } from "node:timers/promises";
import { servedUrl, startCommand } from "@countersign/mfa/test/command";

const PATIENCE_MS = 120_000;

/** The compiled service in a process of its own, as operators run it. */
export interface ServiceProcess extends AsyncDisposable {
  /** Host and port, once it serves. */
  servesOn(): Promise<string>;
}

export function startService(environment: Readonly<Record<string, string>>): ServiceProcess {
  const { child, stdout, stderr, ended } = startCommand(["serve"], environment);
  return {
    async servesOn() {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      while (child.exitCode === null && child.signalCode === null && !patience.aborted) {
        const url = servedUrl(stdout());
        if (url !== undefined) return new URL(url).host;
        await sleep(20);
      }
      throw new Error(`the service did not start:\n${stdout()}${stderr()}`);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended();
    },
  };
}

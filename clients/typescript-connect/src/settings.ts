import { readFile } from "node:fs/promises";

/** Where Countersign is and how to show who calls. Each is an environment variable; README.md lists them. */
export interface Settings {
  readonly target: string;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly token: (() => Promise<string>) | undefined;
  readonly timeoutMs: number;
  readonly outbox: string;
  readonly phoneNumber: string;
  readonly unsteadyTarget: string | undefined;
}

export function readSettings(): Settings {
  const tokenFile = env("TOKEN_FILE");
  return {
    target: env("TARGET") ?? "127.0.0.1:50051",
    caFile: env("CA_FILE"),
    certFile: env("CERT_FILE"),
    keyFile: env("KEY_FILE"),
    // Read on each call, for tokens live for minutes and whoever renews one writes it there anew.
    token: tokenFile === undefined ? undefined : async () => (await readFile(tokenFile, "utf8")).trim(),
    timeoutMs: 5_000,
    outbox: env("OUTBOX") ?? "http://127.0.0.1:9090/outbox",
    phoneNumber: env("PHONE_NUMBER") ?? "+12025550123",
    unsteadyTarget: env("UNSTEADY_TARGET"),
  };
}

function env(name: string): string | undefined {
  return process.env[`COUNTERSIGN_${name}`] || undefined;
}

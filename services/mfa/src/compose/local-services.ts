import { randomUUID } from "node:crypto";
import type { Transport } from "@connectrpc/connect";
import type { Log } from "@countersign/telemetry-ports";
import type { ServiceConfig } from "../config/service-config.js";
import { requireKeysInUse } from "../crypto/key-guard.js";
import { explainUnready } from "../readiness/readiness.js";
import { Closer } from "./closer.js";
import { type Foundation, openFoundation } from "./foundation.js";
import { localTransport } from "./local-transport.js";
import { createServicesAboutUsers } from "./services.js";

/** The services about users, without a server in between. */
export interface LocalServices extends AsyncDisposable {
  readonly transport: Transport;
}

/**
 * Opens the stores, keys, senders and policy as a server does, for a command that does a server's work: its acts are checked, audited and notified in
 * the same way, with `caller` as the calling service. Rejects if a server would not become ready. Exports no traces.
 */
export async function openLocalServices(
  config: ServiceConfig,
  { caller, log, now }: { readonly caller: string; readonly log: Log; readonly now: () => Date },
): Promise<LocalServices> {
  const closer = new Closer();
  try {
    const foundation = await openFoundation({ ...config, tracing: undefined }, { now }, { closer, log });
    await requireReady(foundation);
    const called = { caller: { id: caller }, requestId: randomUUID(), log };
    return {
      transport: localTransport(createServicesAboutUsers(foundation), called),
      [Symbol.asyncDispose]: () => closer[Symbol.asyncDispose](),
    };
  } catch (error) {
    await closer[Symbol.asyncDispose]();
    throw error;
  }
}

async function requireReady({ stores, keys }: Foundation): Promise<void> {
  await stores.prepare().catch((error: unknown) => {
    throw new Error(explainUnready(error, stores.vitals), { cause: error });
  });
  await requireKeysInUse(stores.ungated, keys.current());
  stores.gate.open();
}

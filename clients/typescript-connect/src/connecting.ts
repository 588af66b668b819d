import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { createMfaClient, type MfaClient, reasonOf } from "@countersign/client";
import { openClient } from "./channel.js";
import { errorOf, expect } from "./expectations.js";
import type { Settings } from "./settings.js";

export type Step = readonly [name: string, tell: () => Promise<void>];

/** Sizes of requests over the limit of 64 KiB. */
export const OVERSIZES = [100_000, 400_000, 2_000_000];

/** How the client behaves on its way: what it tries again, whom it believes and who is let in. */
export function connectingSteps(settings: Settings): Step[] {
  const { unsteadyTarget, caFile, certFile, token } = settings;
  const steps: Step[] = [];
  if (unsteadyTarget !== undefined)
    steps.push(["retry policy", () => retryPolicy({ ...settings, target: unsteadyTarget })]);
  if (caFile !== undefined) steps.push(["TLS", () => tls(settings)]);
  if (certFile !== undefined) steps.push(["mTLS", () => mutualTls(settings)]);
  if (token !== undefined) steps.push(["bearer token", () => bearerToken(settings)]);
  return steps;
}

/** Calls a server that is unavailable twice before it answers. Nothing here tries again: the client does. */
async function retryPolicy(settings: Settings): Promise<void> {
  const status = await callThrough(openClient(settings));
  expect(status.enabled, status);
}

/** Trusts the authorities of the system in place of the service's own, and so does not believe that this is the service. */
async function tls({ target }: Settings): Promise<void> {
  const error = await errorOf(callThrough(createMfaClient({ baseUrl: `https://${target}` })));
  expect(error instanceof ConnectError && reasonOf(error) === undefined, error);
}

/** Shows no certificate, and is not let in. */
async function mutualTls(settings: Settings): Promise<void> {
  const nobody = openClient({ ...settings, certFile: undefined, keyFile: undefined });
  const error = await errorOf(callThrough(nobody));
  expect(error instanceof ConnectError && reasonOf(error) === undefined, error);
}

/** Shows a token that does not hold. Neither its certificate nor the size of the request changes that. */
async function bearerToken(settings: Settings): Promise<void> {
  const forger = openClient({ ...settings, token: () => Promise.resolve("forged") });
  const error = ConnectError.from(await errorOf(callThrough(forger)));
  expect(error.code === Code.Unauthenticated && reasonOf(error) === "UNAUTHENTICATED", error);
  for (const size of OVERSIZES) {
    const large = ConnectError.from(await errorOf(forger.getMfaStatus({ userId: "x".repeat(size) })));
    expect(large.code === Code.Unauthenticated, large);
  }
}

function callThrough(client: MfaClient) {
  return client.getMfaStatus({ userId: `anyone-${randomUUID()}` });
}

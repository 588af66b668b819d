import { randomUUID } from "node:crypto";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { openClient } from "./channel.js";
import { reasonOf } from "./errors.js";
import { errorOf, expect } from "./expectations.js";
import { MfaServiceClient } from "./gen/countersign/mfa/v1/mfa_service.js";
import type { Settings } from "./settings.js";
import { unary } from "./unary.js";

export type Step = readonly [name: string, tell: () => Promise<void>];

/** Sizes of requests over the limit of 64 KiB. */
export const OVERSIZES = [100_000, 400_000, 2_000_000];

/** How the channel behaves: what it tries again, whom it believes and who is let in. */
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

/** Calls a server that is unavailable twice before it answers. Nothing here tries again: the service config does. */
async function retryPolicy(settings: Settings): Promise<void> {
  const answer = await callThrough(openClient(settings));
  expect(answer.enabled, answer);
}

/** Trusts the authorities of the system in place of the service's own, and so does not believe that this is the service. */
async function tls({ target }: Settings): Promise<void> {
  const error = await errorOf(callThrough(new MfaServiceClient(target, credentials.createSsl())));
  expect((error as ServiceError).code === status.UNAVAILABLE, error);
}

/** Shows no certificate, and is not let in. */
async function mutualTls(settings: Settings): Promise<void> {
  const nobody = openClient({ ...settings, certFile: undefined, keyFile: undefined });
  const error = await errorOf(callThrough(nobody));
  expect((error as ServiceError).code === status.UNAVAILABLE, error);
}

/** Shows a token that does not hold. Neither its certificate nor the size of the request changes that. */
async function bearerToken(settings: Settings): Promise<void> {
  const forger = openClient({ ...settings, token: () => Promise.resolve("forged") });
  const error = await errorOf(callThrough(forger));
  expect((error as ServiceError).code === status.UNAUTHENTICATED, error);
  expect(reasonOf(error) === "UNAUTHENTICATED", error);
  for (const size of OVERSIZES) {
    const client = openClient({ ...settings, token: () => Promise.resolve("forged") });
    const large = await errorOf(callThrough(client, "x".repeat(size)));
    expect((large as ServiceError).code === status.UNAUTHENTICATED, large);
  }
}

async function callThrough(client: MfaServiceClient, userId = `anyone-${randomUUID()}`) {
  try {
    return await unary(client.getMfaStatus.bind(client), { userId });
  } finally {
    client.close();
  }
}

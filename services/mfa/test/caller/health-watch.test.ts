import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import { type ListedService, startWithCallers } from "../support/caller/listed-callers.js";
import { reasonOf } from "../support/client/errors.js";

const { key, bearer } = sharedSecret();
const log = recordingLog();
let listed: ListedService;

beforeAll(async () => {
  listed = await startWithCallers({ bearer: () => bearer, overrides: { log } });
});

afterAll(() => listed[Symbol.asyncDispose]());

const client = () => createClient(Health, createGrpcTransport({ baseUrl: listed.service.url }));

/** The first status that a watch tells. */
async function watched(headers: Readonly<Record<string, string>>): Promise<Status | undefined> {
  for await (const { status } of client().watch({}, { headers })) return status;
  return undefined;
}

test("anybody may ask for health once", async () => {
  expect((await client().check({})).status).toBe(Status.SERVING);
  expect((await client().list({})).statuses[""]?.status).toBe(Status.SERVING);
});

test("a listed caller may watch it, without a permission for that", async () => {
  const authorization = `Bearer ${await token(key, listed.service.clock)}`;
  expect(await watched({ authorization })).toBe(Status.SERVING);
});

test("nobody else may, and the one line about it says why", async () => {
  await expect(watched({})).rejects.toSatisfy(reasonOf("UNAUTHENTICATED"));
  await expect(watched({ authorization: "Bearer a.b.c" })).rejects.toSatisfy(reasonOf("UNAUTHENTICATED"));
  const refused = log.lines.filter(({ fields }) => fields.refused !== undefined);
  expect(refused.map(({ fields }) => fields.refused)).toEqual(["NO_CREDENTIAL", expect.any(String)]);
  expect(log.lines.filter(({ fields }) => fields.reason === "UNAUTHENTICATED")).toEqual(refused);
});

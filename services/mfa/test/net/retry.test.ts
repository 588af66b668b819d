import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { StatusSchema } from "@countersign/protocol/google/rpc/status_pb.js";
import { type Metadata, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { MfaError } from "../../src/domain/errors.js";
import { grpcJsClient } from "../support/client/grpc-js-client.js";
import { startTestServer } from "./support/test-server.js";

/** What an operator publishes to clients: four attempts, for UNAVAILABLE alone. */
const RETRYING = {
  "grpc.service_config": JSON.stringify({
    methodConfig: [
      {
        name: [{}],
        retryPolicy: {
          maxAttempts: 4,
          initialBackoff: "0.01s",
          maxBackoff: "0.05s",
          backoffMultiplier: 2,
          retryableStatusCodes: ["UNAVAILABLE"],
        },
      },
    ],
  }),
};

function failing(times: number, error: () => MfaError) {
  let attempts = 0;
  const handlers = {
    getMfaStatus: () => {
      attempts += 1;
      return attempts > times ? Promise.resolve({ enabled: true }) : Promise.reject(error());
    },
  };
  return { handlers, attempts: () => attempts };
}

const storeDown = (retryAfterMs?: number) =>
  new MfaError("STORE_UNAVAILABLE", "a store is unavailable, try again", {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

// gRFC A6: a client retries only what ends in its first block of headers.
test("a client's retry policy works on UNAVAILABLE", async () => {
  const flaky = failing(2, () => storeDown());
  await using server = await startTestServer(flaky.handlers);
  using client = grpcJsClient(`127.0.0.1:${server.port}`, RETRYING);
  expect((await client.call(MfaService.method.getMfaStatus, {})).enabled).toBe(true);
  expect(flaky.attempts()).toBe(3);
});

test("a retry waits as long as the error says", async () => {
  const flaky = failing(1, () => storeDown(700));
  await using server = await startTestServer(flaky.handlers);
  using client = grpcJsClient(`127.0.0.1:${server.port}`, RETRYING);
  const started = performance.now();
  await client.call(MfaService.method.getMfaStatus, {});
  expect(performance.now() - started).toBeGreaterThan(650);
});

test("what a retry cannot mend is not retried", async () => {
  const broken = failing(9, () => new MfaError("MFA_NOT_ENABLED", "the user has no active factor"));
  await using server = await startTestServer(broken.handlers);
  using client = grpcJsClient(`127.0.0.1:${server.port}`, RETRYING);
  await expect(client.call(MfaService.method.getMfaStatus, {})).rejects.toMatchObject({
    code: status.FAILED_PRECONDITION,
  });
  expect(broken.attempts()).toBe(1);
});

test("grpc-js reads code, message, details and request id of an error", async () => {
  const broken = failing(9, () => new MfaError("MFA_NOT_ENABLED", "100 %, été: no, factor"));
  await using server = await startTestServer(broken.handlers);
  using client = grpcJsClient(`127.0.0.1:${server.port}`);
  const error = (await client
    .call(MfaService.method.getMfaStatus, {}, { "x-request-id": "id-7" })
    .catch((thrown: unknown) => thrown)) as {
    details: string;
    metadata: Metadata;
  };
  expect(error.details).toBe("100 %, été: no, factor");
  expect(error.metadata.get("x-request-id")).toEqual(["id-7"]);
  const [bytes] = error.metadata.get("grpc-status-details-bin") as [Buffer];
  const [info] = fromBinary(StatusSchema, bytes).details.map((any) => anyUnpack(any, ErrorInfoSchema));
  expect(info).toMatchObject({ reason: "MFA_NOT_ENABLED", domain: "countersign" });
});

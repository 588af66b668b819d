import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import {
  CountersignError,
  checkCode,
  checkDisable,
  checkRegenerate,
  checkSetup,
  createMfaClient,
  Method,
  reasonOf,
} from "@countersign/client";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { StatusSchema } from "@countersign/protocol/google/rpc/status_pb.js";
import { status as GrpcStatus, type ServiceError } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { grpcJsClient } from "../support/client/grpc-js-client.js";
import { authenticatorFor, wrongCode } from "../support/enrolment/authenticator.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService, type TestService } from "../support/service.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service[Symbol.asyncDispose]());

const transports: Record<string, (baseUrl: string) => Transport> = {
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web over HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web over HTTP/2": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
  "Connect over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect over HTTP/2": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  "Connect in JSON": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
};

test.each(Object.entries(transports))("a user enrols and logs in by %s", async (_, open) => {
  const client = createClient(MfaService, open(service.url));
  const { userId, authenticator } = await enrolTotp(client, service.clock);
  const code = authenticator.code(service.clock.ms);
  expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");
  expect((await client.verifyCode({ userId, code })).outcome.case).toBe("rejected");
  expect(await client.getMfaStatus({ userId })).toMatchObject({ enabled: true, backupCodesRemaining: 10 });
});

test("a client on grpc-js gets answers, and errors with their details", async () => {
  using client = grpcJsClient(new URL(service.url).host);
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  const code = authenticator.code(service.clock.ms);
  const { outcome } = await client.call(MfaService.method.verifyCode, { userId, code });
  expect(outcome.case).toBe("approved");

  const refused = client.call(MfaService.method.verifyCode, { userId: "nobody", code });
  const error = (await refused.catch((thrown: unknown) => thrown)) as ServiceError;
  expect(error.code).toBe(GrpcStatus.FAILED_PRECONDITION);
  const [binary] = error.metadata.get("grpc-status-details-bin");
  const { details } = fromBinary(StatusSchema, binary as Buffer);
  const infos = details.filter(({ typeUrl }) => typeUrl.endsWith("/google.rpc.ErrorInfo"));
  expect(infos.map(({ value }) => fromBinary(ErrorInfoSchema, value).reason)).toEqual(["MFA_NOT_ENABLED"]);
});

test("the client package tells approval, refusal and error apart", async () => {
  const client = createMfaClient({ baseUrl: service.url });
  const { userId, authenticator } = await enrolTotp(client, service.clock);
  const code = authenticator.code(service.clock.ms);
  const wrong = wrongCode(authenticator, service.clock.ms);
  expect(await checkCode(client, { userId, code: wrong })).toMatchObject({
    approved: false,
    rejection: { reason: RejectionReason.INVALID_CODE, remainingAttempts: 2 },
  });
  expect(await checkCode(client, { userId, code })).toMatchObject({ approved: true });
  const error = await checkCode(client, { userId: "nobody", code }).catch((thrown: unknown) => thrown);
  expect(reasonOf(error)).toBe("MFA_NOT_ENABLED");
});

test("the client package tells what came of every other code that changes something", async () => {
  const client = createMfaClient({ baseUrl: service.url });
  const userId = `helpers-${randomUUID()}`;
  const { enrolment } = await client.setupMfa({ userId, method: Method.TOTP });
  if (enrolment.case !== "totp") throw new Error("no TOTP enrolment");
  const authenticator = authenticatorFor(enrolment.value.uri);
  const code = (step: number) => authenticator.code(service.clock.ms, step);
  const wrong = wrongCode(authenticator, service.clock.ms);

  const refused = { accepted: false, reason: "INVALID_CODE", remainingAttempts: 2 };
  expect(await checkSetup(client, { userId, code: wrong })).toMatchObject(refused);
  const enabled = { method: Method.TOTP, backupCodesRemaining: 10 };
  expect(await checkSetup(client, { userId, code: code(-1) })).toMatchObject({ accepted: true, enabled });
  expect(await checkRegenerate(client, { userId, code: "12 34" })).toMatchObject({
    accepted: false,
    reason: "INVALID_FIELD",
  });
  const renewed = await checkRegenerate(client, { userId, code: code(0) });
  expect(renewed).toMatchObject({ accepted: true });
  if (renewed.accepted) expect(renewed.backupCodes).toHaveLength(10);
  expect(await checkDisable(client, { userId, code: wrong })).toMatchObject(refused);
  expect(await checkDisable(client, { userId, code: code(1) })).toMatchObject({ accepted: true });
  expect(await client.getMfaStatus({ userId })).toMatchObject({ enabled: false });
});

test("a call of the client package fails with an error that names reason, fields, request id and page", async () => {
  const client = createMfaClient({ baseUrl: service.url });
  const headers = { "x-request-id": "client-1" };
  const failed = client.setupMfa({ userId: "a b", method: Method.SMS }, { headers });
  const error = CountersignError.from(await failed.catch((thrown: unknown) => thrown));
  expect(await failed.catch((thrown: unknown) => thrown)).toBe(error);
  expect(error).toMatchObject({
    reason: "INVALID_FIELD",
    fields: ["user_id", "phone_number"],
    requestId: "client-1",
    retryAfterMs: undefined,
  });
  expect(error.helpUrl).toMatch(/reasons\.md#invalid_field$/);
});

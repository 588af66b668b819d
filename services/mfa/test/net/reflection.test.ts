import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { ServerReflection } from "@countersign/protocol/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "@countersign/protocol/grpc/reflection/v1alpha/reflection_pb.js";
import { credentials } from "@grpc/grpc-js";
import { GrpcReflection } from "grpc-js-reflection-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { errorOf, reasonOf, transportOf } from "./support/clients.js";
import { startTestServer, type TestServer } from "./support/test-server.js";

const SERVED = [
  "countersign.mfa.v1.MfaService",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];

const BUF = fileURLToPath(new URL("../../../../node_modules/.bin/buf", import.meta.url));

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server[Symbol.asyncDispose]());

describe.each(["v1", "v1alpha"] as const)("reflection %s", (version) => {
  test("grpc-js learns services and methods", async () => {
    const client = new GrpcReflection(
      `127.0.0.1:${server.port}`,
      credentials.createInsecure(),
      undefined,
      version,
    );
    expect([...(await client.listServices())].sort()).toEqual(SERVED);
    const methods = await client.listMethods("countersign.mfa.v1.MfaService");
    expect(methods.map(({ name }) => name)).toContain("VerifyCode");
  });

  test("buf curl calls an RPC that it knows by reflection alone", async () => {
    const { stdout } = await promisify(execFile)(BUF, [
      ...["curl", "--protocol", "grpc", "--http2-prior-knowledge", "--reflect-protocol", `grpc-${version}`],
      ...["-d", '{"user_id":"alice"}', `${server.url}/countersign.mfa.v1.MfaService/GetMfaStatus`],
    ]);
    expect(JSON.parse(stdout)).toEqual({ maskedDestination: "alice" });
  });
});

describe("reflection answers", () => {
  test.each([
    [
      { case: "fileContainingSymbol", value: "countersign.mfa.v1.MfaService.VerifyCode" },
      "fileDescriptorResponse",
    ],
    [
      { case: "fileContainingSymbol", value: "countersign.mfa.v1.VerifyCodeRequest" },
      "fileDescriptorResponse",
    ],
    [{ case: "fileByFilename", value: "countersign/mfa/v1/mfa_service.proto" }, "fileDescriptorResponse"],
    [{ case: "fileContainingSymbol", value: "google.rpc.ErrorInfo" }, "fileDescriptorResponse"],
    [{ case: "fileContainingSymbol", value: "no.such.Symbol" }, "errorResponse"],
    [{ case: "fileByFilename", value: "no/such.proto" }, "errorResponse"],
    [{ case: "allExtensionNumbersOfType", value: "google.protobuf.FieldOptions" }, "errorResponse"],
    [{ case: undefined }, "errorResponse"],
  ] as const)("%o with %s", async (messageRequest, expected) => {
    const client = createClient(ServerReflectionAlpha, transportOf("gRPC over HTTP/2", server.url));
    for await (const answer of client.serverReflectionInfo(one({ messageRequest }))) {
      expect(answer.messageResponse.case).toBe(expected);
    }
  });

  test("a stranger learns nothing", async () => {
    await using closed = await startTestServer({ pipeline: { authenticate: () => undefined } });
    const client = createClient(ServerReflection, transportOf("gRPC over HTTP/2", closed.url));
    const answers = client.serverReflectionInfo(one({ messageRequest: { case: "listServices", value: "" } }));
    expect(reasonOf(await errorOf(answers[Symbol.asyncIterator]().next()))).toBe("UNAUTHENTICATED");
  });
});

async function* one<T>(message: T): AsyncGenerator<T> {
  yield await Promise.resolve(message);
}

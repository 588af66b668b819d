import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import {
  ServerReflection,
  ServerReflectionRequestSchema,
} from "@countersign/protocol/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "@countersign/protocol/grpc/reflection/v1alpha/reflection_pb.js";
import { credentials } from "@grpc/grpc-js";
import fc from "fast-check";
import { GrpcReflection } from "grpc-js-reflection-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { errorOf, reasonOf, transportOf } from "./support/clients.js";
import { frame, http2Request } from "./support/raw.js";
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
  ] as const)("reflection answers: %o with %s", async (messageRequest, expected) => {
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

describe("a malformed reflection request is INVALID_ARGUMENT, never INTERNAL", () => {
  const request = toBinary(
    ServerReflectionRequestSchema,
    create(ServerReflectionRequestSchema, {
      host: "localhost",
      messageRequest: { case: "fileContainingSymbol", value: "countersign.mfa.v1.MfaService" },
    }),
  );
  const services = [ServerReflection, ServerReflectionAlpha].map(({ typeName }) => typeName);
  const askBy = (service: string, contentType: string, body: Buffer) =>
    http2Request(
      server.url,
      { ":path": `/${service}/ServerReflectionInfo`, "content-type": contentType, te: "trailers" },
      body,
    );

  test.each(services)(
    "a malformed reflection request is INVALID_ARGUMENT, never INTERNAL: %s: known kinds",
    async (service) => {
      for (const [body, status] of [
        [frame(Buffer.from([0xff, 0xff, 0xff])), "3"],
        [frame(Buffer.from([0x0a, 0x7f])), "3"],
        [frame(Buffer.from(request)).subarray(0, 9), "3"],
        [frame(Buffer.from(request), 1), "3"],
        [Buffer.concat([frame(Buffer.from(request)), frame(Buffer.from([0x0a, 0x7f]))]), "3"],
        [frame(Buffer.alloc(70_000)), "8"],
      ] as const) {
        const { headers, trailers } = await askBy(service, "application/grpc", body);
        expect(trailers["grpc-status"] ?? headers["grpc-status"]).toBe(status);
        expect(trailers["grpc-status-details-bin"] ?? headers["grpc-status-details-bin"]).toBeTypeOf(
          "string",
        );
      }
    },
  );

  test.each(["application/grpc", "application/grpc-web+proto", "application/connect+proto"])(
    "%s: mutations of a good one",
    async (contentType) => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...services),
          fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
          fc.nat({ max: 60 }),
          async (service, edits, cut) => {
            const body = Buffer.concat([frame(Buffer.from(request)), Buffer.alloc(4)]).subarray(0, -cut);
            for (const [at, byte] of edits) body[at % Math.max(1, body.length)] = byte;
            // A length of many bytes would be waited for, and is answered when the body ends.
            const answer = await askBy(service, contentType, body);
            const text = [answer.headers, answer.trailers].map(({ "grpc-status": status }) => status).join();
            expect(answer.headers[":status"]).toBe(200);
            expect(text).not.toContain("13");
            expect(answer.body.toString("latin1")).not.toMatch(/grpc-status: 13|"code":"internal"/);
          },
        ),
        { numRuns: 150 },
      );
      expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
    },
  );
});

async function* one<T>(message: T): AsyncGenerator<T> {
  yield await Promise.resolve(message);
}

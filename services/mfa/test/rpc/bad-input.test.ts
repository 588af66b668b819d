import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http2";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frame, http2Request } from "../net/support/raw.js";
import { fieldsAtFault, reasonOf } from "../support/client/errors.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService, type TestService } from "../support/service.js";

let service: TestService;
let enrolled: Enrolled;
beforeAll(async () => {
  service = await startTestService();
  enrolled = await enrolTotp(service.client, service.clock);
});
afterAll(() => service[Symbol.asyncDispose]());

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable("the call was answered"),
    (error: unknown) => error,
  );
}

async function post(rpc: string, body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${service.url}/countersign.mfa.v1.MfaService/${rpc}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return { status: response.status, text: await response.text() };
}

describe("a user id", () => {
  test.each([
    ["missing", undefined],
    ["empty", ""],
    ["over-long", "x".repeat(129)],
    ["a million characters", "x".repeat(60_000)],
    ["with a blank", "a b"],
    ["with a newline", "a\n"],
    ["with NUL", "a\0"],
    ["with a control character", "a\u0007"],
    ["with a letter beyond ASCII", "josé"],
  ])("a user id that is %s is refused by every RPC, naming the field", async (_, userId) => {
    const { client } = service;
    const id = userId === undefined ? {} : { userId };
    const code = "123456";
    for (const call of [
      () => client.setupMfa({ ...id, method: Method.TOTP }),
      () => client.verifySetup({ ...id, code }),
      () => client.sendVerificationCode(id),
      () => client.verifyCode({ ...id, code }),
      () => client.disableMfa({ ...id, code }),
      () => client.regenerateBackupCodes({ ...id, code }),
      () => client.getMfaStatus(id),
      () => client.isMfaRequired(id),
    ]) {
      const error = await thrownBy(call());
      expect(error).toSatisfy(reasonOf("INVALID_FIELD"));
      expect(fieldsAtFault(error)).toEqual(["user_id"]);
    }
  });

  test("a user id that looks like a wildcard, or another by case or form, is a user of its own", async () => {
    const { client, clock } = service;
    await enrolTotp(client, clock, "Wild.Card");
    for (const other of ["*", "%", "wild.card", "WILD.CARD", "Wild.Card.", "Wild?Card", "W*"]) {
      expect(await client.isMfaRequired({ userId: other })).toMatchObject({ enrolled: false });
    }
  });
});

describe("a malformed code", () => {
  const MALFORMED = [
    "",
    " ",
    "12345",
    "1234567",
    "123456789",
    " 123456",
    "123456 ",
    "123 456",
    "123456\n",
    "12345\0",
    "+12345",
    "-12345",
    "1e5000",
    "0x1234",
    "１２３４５６",
    "١٢٣٤٥٦",
    "123456\u200b",
    "abcdef",
    "12AB 34CD 56EF",
  ];

  test("a malformed code is refused before any compare, names the field, and costs no attempt", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    for (const code of MALFORMED) {
      for (const call of [
        client.verifyCode,
        client.disableMfa,
        client.regenerateBackupCodes,
        client.verifySetup,
      ]) {
        const error = await thrownBy(call({ userId, code }));
        expect(error, JSON.stringify(code)).toSatisfy(reasonOf("INVALID_FIELD"));
        expect(fieldsAtFault(error)).toEqual(["code"]);
      }
    }
    const { outcome } = await client.verifyCode({ userId, code: authenticator.code(clock.ms) });
    expect(outcome.case).toBe("approved");
  });
});

describe("a request id", () => {
  test.each(["a b", "a\n", "josé", "x".repeat(129)])("%j is refused, naming the field", async (requestId) => {
    const { client } = service;
    const { userId } = enrolled;
    for (const call of [
      () => client.sendVerificationCode({ userId, requestId }),
      () => client.verifyCode({ userId, code: "123456", requestId }),
    ]) {
      expect(fieldsAtFault(await thrownBy(call()))).toEqual(["request_id"]);
    }
  });
});

describe("other fields", () => {
  test("an unknown method is refused, zero too where it is required", async () => {
    const { client } = service;
    const userId = randomUUID();
    for (const method of [0, 4, 99]) {
      expect(fieldsAtFault(await thrownBy(client.setupMfa({ userId, method: method as Method })))).toEqual([
        "method",
      ]);
    }
    const error = await thrownBy(client.verifyCode({ userId, code: "123456", method: 99 as Method }));
    expect(fieldsAtFault(error)).toEqual(["method"]);
  });

  test("a method that the policy does not allow is refused", async () => {
    const { client } = service;
    const setup = client.setupMfa({ userId: randomUUID(), method: Method.SMS, phoneNumber: "+12015550123" });
    await expect(setup).rejects.toSatisfy(reasonOf("METHOD_NOT_ALLOWED"));
  });

  test("several wrong fields are all named together", async () => {
    const error = await thrownBy(
      service.client.setupMfa({
        userId: "",
        method: Method.TOTP,
        phoneNumber: "+12015550123",
        accountName: "a:b",
        context: { ipAddress: "1.2.3" },
      }),
    );
    expect(fieldsAtFault(error)).toEqual(["user_id", "phone_number", "account_name", "context.ip_address"]);
  });
});

describe("over JSON", () => {
  test.each([
    ["an unknown field", `{"userId":"a","verified":true}`],
    ["a number for a string", `{"userId":7}`],
    ["an object for a string", `{"userId":{}}`],
    ["an array for a string", `{"userId":["a"]}`],
    ["a boolean for a string", `{"userId":true}`],
    ["no JSON at all", `userId=a`],
    ["an unfinished document", `{"userId":`],
    ["an array for the message", `[]`],
  ])("%s is refused with one ErrorInfo", async (_, body) => {
    const { status, text } = await post("GetMfaStatus", body);
    expect(status).toBe(400);
    const { code, details } = JSON.parse(text) as { code: string; details: { type: string }[] };
    expect(code).toBe("invalid_argument");
    expect(details.filter(({ type }) => type === "google.rpc.ErrorInfo")).toHaveLength(1);
  });

  test("null never matches anything", async () => {
    for (const body of [`{"userId":null}`, `{"userId":"${enrolled.userId}","code":null}`, `null`, `{}`]) {
      expect((await post("VerifyCode", body)).status).toBe(400);
    }
  });

  test("an unknown enum value is refused", async () => {
    expect((await post("SetupMfa", `{"userId":"a","method":"METHOD_PIGEON"}`)).status).toBe(400);
  });
});

test("nothing that was refused has changed anything", async () => {
  const [row] = await service.database.sql`
    select (select count(*)::int from mfa_settings where user_id in ('', 'a', '*')) as users,
      (select consecutive_failures from mfa_settings where user_id = ${enrolled.userId}) as failures`;
  expect(row).toEqual({ users: 0, failures: 0 });
});

/** As HTTP/2 counts a list of headers (RFC 9113 section 6.5.2). */
function bytesOf(headers: IncomingHttpHeaders): number {
  return Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + String(value).length + 32,
    0,
  );
}

test("the largest error fits into the 4 KiB that a proxy may have for the headers of an answer", async () => {
  const bad = "\u0007".repeat(300);
  for (const { name, input } of MfaService.methods) {
    const fields = input.fields.map(({ jsonName, fieldKind }) => {
      const values = { scalar: bad, enum: 99, message: { ipAddress: bad, userAgent: bad } };
      return [jsonName, values[fieldKind as keyof typeof values]] as const;
    });
    const request = fromJson(input, Object.fromEntries(fields.filter(([key]) => key !== "isAdmin")));
    const { headers } = await http2Request(
      service.url,
      {
        ":path": `/${MfaService.typeName}/${name}`,
        "content-type": "application/grpc",
        te: "trailers",
        "x-request-id": "r".repeat(128),
      },
      frame(Buffer.from(toBinary(input, request))),
    );
    expect(headers["grpc-status"]).toBe("3");
    expect(bytesOf(headers)).toBeLessThan(4_096);
  }
});

test("the error that docs/transport.md shows is what a caller gets", async () => {
  const page = readFileSync(new URL("../../../../docs/transport.md", import.meta.url), "utf8");
  const [, shown = ""] = /```json\n(\{\n  "code"[\s\S]*?)```/.exec(page) ?? [];
  const answer = await fetch(`${service.url}/${MfaService.typeName}/VerifyCode`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "login-1" },
    body: JSON.stringify({ userId: "anna", code: "12 34" }),
  });
  const withoutValues = (text: string) => text.replaceAll(/"value":\s*"[^"]*"/g, '"value":"..."');
  expect(JSON.parse(withoutValues(await answer.text()))).toEqual(JSON.parse(shown));
});

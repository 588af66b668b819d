import type { DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { ServerReflection } from "@countersign/protocol/grpc/reflection/v1/reflection_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CALLER_ROLES } from "../../src/callers/caller-roles.js";
import { recordingLog } from "../net/support/recording-log.js";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import {
  type CallerEntry,
  type ListedService,
  startWithCallers,
  transportOf,
} from "../support/caller/listed-callers.js";
import { reasonOf } from "../support/client/errors.js";
import { everyService, rpcName } from "../support/client/every-rpc.js";

/**
 * Every RPC of the API and the roles that may call it. An RPC that is added to the protos makes this file fail until it has a
 * line here, and a role or none in `CALLER_ROLES`.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "countersign.mfa.v1.MfaService/SetupMfa": ["enrol"],
  "countersign.mfa.v1.MfaService/VerifySetup": ["enrol"],
  "countersign.mfa.v1.MfaService/SendVerificationCode": ["verify", "enrol"],
  "countersign.mfa.v1.MfaService/VerifyCode": ["verify"],
  "countersign.mfa.v1.MfaService/DisableMfa": ["disable"],
  "countersign.mfa.v1.MfaService/RegenerateBackupCodes": ["enrol"],
  "countersign.mfa.v1.MfaService/GetMfaStatus": ["status"],
  "countersign.mfa.v1.MfaService/IsMfaRequired": ["status"],
  "countersign.policy.v1.SecurityPolicyService/GetSecurityPolicy": ["policy"],
  "countersign.mfa.v1.MfaAdminService/ResetMfa": ["support"],
  "countersign.mfa.v1.MfaAdminService/UnlockUser": ["support"],
  "countersign.mfa.v1.MfaAdminService/EraseUser": ["erasure"],
  "countersign.mfa.v1.MfaAdminService/ListAuditEvents": ["auditor"],
  "countersign.mfa.v1.MfaAdminService/ListUsersByState": ["operator"],
  "countersign.mfa.v1.MfaAdminService/ImportUser": ["importer"],
};

/** What a call that reached its handler never ends with, however empty its request. */
const KEPT_OUT = [Code.PermissionDenied, Code.Unauthenticated, Code.Unimplemented, Code.Internal];

const services = await everyService("countersign");
const methods = services.flatMap((service) => service.methods) as DescMethodUnary[];

const roles = Object.keys(CALLER_ROLES);
const callers: readonly CallerEntry[] = [
  ...roles.map((role) => entry(`role-${role}`, [role])),
  ...services.map(({ typeName }) => entry(`service-${typeName.toLowerCase()}`, [typeName])),
  ...methods.map((method) => entry(`rpc-${method.name.toLowerCase()}`, [rpcName(method)])),
  entry("nothing", []),
  entry("reflection", [ServerReflection.typeName]),
];

test("every RPC of the protos is in the matrix, and nothing else", () => {
  expect(methods.map(rpcName).sort()).toEqual(Object.keys(ALLOWED).sort());
});

describe("caller by RPC", () => {
  const { key, bearer } = sharedSecret();
  const log = recordingLog();
  let listed: ListedService;
  beforeAll(async () => {
    listed = await startWithCallers({ callers, bearer: () => bearer, overrides: { log } });
  });
  afterAll(() => listed[Symbol.asyncDispose]());

  const cells = callers.flatMap((caller) =>
    methods.map((method) => ({ caller, method, rpc: rpcName(method) })),
  );

  test.each(cells)("caller by RPC: $caller.id to $rpc", async ({ caller, method, rpc }) => {
    const { service } = listed;
    const authorization = `Bearer ${await token(key, service.clock, { sub: caller.id })}`;
    const transport = transportOf(service, {
      headers: { authorization, "x-request-id": `${caller.id}:${method.name}` },
    });
    const call = transport.unary(method, undefined, undefined, undefined, {});
    if (may(caller, rpc)) expect(KEPT_OUT).not.toContain(await codeOf(call));
    else await expect(call).rejects.toSatisfy(reasonOf("PERMISSION_DENIED"));
  });

  test("server reflection is an RPC like any other", async () => {
    const list = async (sub: string) => {
      const authorization = `Bearer ${await token(key, listed.service.clock, { sub })}`;
      const reflection = createClient(
        ServerReflection,
        transportOf(listed.service, { headers: { authorization } }),
      );
      const ask = { messageRequest: { case: "listServices" as const, value: "" } };
      const answers = reflection.serverReflectionInfo(createAsyncIterable([ask]));
      for await (const { messageResponse } of answers) return messageResponse.case;
      return undefined;
    };
    await expect(list("rpc-verifycode")).rejects.toSatisfy(reasonOf("PERMISSION_DENIED"));
    await expect(list("reflection")).resolves.toBe("listServicesResponse");
  });

  test("health alone is told to anybody", async () => {
    const health = createClient(Health, transportOf(listed.service, {}));
    await expect(health.check({ service: "" })).resolves.toMatchObject({ status: Status.SERVING });
  });

  test("every denial is in the audit log and the log, and names no user", async () => {
    const rows = await listed.service.database.sql`
      select caller, outcome, reason, details ->> 'rpc' as rpc, user_ref, request_id from mfa_audit_events
      where action = 'call_denied' and details ->> 'rpc' like 'countersign.%'`;
    const denied = cells.filter(({ caller, rpc }) => !may(caller, rpc));
    const expected = denied
      .map(({ caller, method, rpc }) => `${caller.id} ${rpc} ${caller.id}:${method.name}`)
      .sort();
    expect(rows.map((row) => [row.caller, row.rpc, row.request_id].join(" ")).sort()).toEqual(expected);
    for (const row of rows)
      expect(row).toMatchObject({ outcome: "refused", reason: "PERMISSION_DENIED", user_ref: null });
    const lines = log.lines.filter(
      ({ message, fields }) => message === "call denied" && String(fields.rpc).startsWith("countersign."),
    );
    expect(
      lines.map(({ fields }) => [fields.caller, fields.rpc, fields.request_id].join(" ")).sort(),
    ).toEqual(expected);
  });
});

function may(caller: CallerEntry, rpc: string): boolean {
  return caller.permissions.some(
    (permission) =>
      permission === rpc || rpc.startsWith(`${permission}/`) || ALLOWED[rpc]?.includes(permission),
  );
}

function entry(id: string, permissions: readonly string[]): CallerEntry {
  return { id, jwt_subjects: [id], permissions };
}

async function codeOf(call: Promise<unknown>): Promise<Code | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return ConnectError.from(error).code;
  }
}

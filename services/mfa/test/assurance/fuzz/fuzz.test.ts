import type { DescMethod } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rpcName } from "../../support/client/every-rpc.js";
import { type Campaign, campaign } from "../support/campaign.js";
import { SEED } from "../support/form.js";
import { Random } from "../support/random.js";
import { runSessions } from "./failures.js";
import { FuzzWorld } from "./fuzz-world.js";
import { runHttp1 } from "./http1-session.js";
import { runHttp2 } from "./http2-session.js";
import { generateInput } from "./input.js";
import type { Finding, Session } from "./session.js";
import { shrink } from "./shrink.js";

/**
 * Every RPC, and whether it may change a user's factor without a right code, as its caller may ask. An RPC that is added to the protos makes
 * this file fail until it has a line here.
 */
const CHANGES_FACTORS: Readonly<Record<string, boolean>> = {
  "countersign.mfa.v1.MfaService/SetupMfa": false,
  "countersign.mfa.v1.MfaService/VerifySetup": false,
  "countersign.mfa.v1.MfaService/SendVerificationCode": false,
  "countersign.mfa.v1.MfaService/VerifyCode": false,
  "countersign.mfa.v1.MfaService/DisableMfa": false,
  "countersign.mfa.v1.MfaService/RegenerateBackupCodes": false,
  "countersign.mfa.v1.MfaService/GetMfaStatus": false,
  "countersign.mfa.v1.MfaService/IsMfaRequired": false,
  "countersign.policy.v1.SecurityPolicyService/GetSecurityPolicy": false,
  "countersign.mfa.v1.MfaAdminService/ResetMfa": true,
  "countersign.mfa.v1.MfaAdminService/UnlockUser": false,
  "countersign.mfa.v1.MfaAdminService/EraseUser": true,
  "countersign.mfa.v1.MfaAdminService/ListAuditEvents": false,
  "countersign.mfa.v1.MfaAdminService/ListUsersByState": false,
  "countersign.mfa.v1.MfaAdminService/ImportUser": false,
  "grpc.health.v1.Health/Check": false,
  "grpc.health.v1.Health/List": false,
  "grpc.health.v1.Health/Watch": false,
  "grpc.reflection.v1.ServerReflection/ServerReflectionInfo": false,
  "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": false,
};

const CONNECTIONS = 10;
const LONGEST_SESSION = 20;
const LIMIT_MS = 600_000;
/** Of all inputs, for each version of HTTP; raw.test.ts has the rest. */
const SHARE = 0.4;

let world: FuzzWorld;
beforeAll(async () => {
  world = await FuzzWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

test("every RPC of the protos is fuzzed, and nothing else", () => {
  expect([...world.methods.keys()].sort()).toEqual(Object.keys(CHANGES_FACTORS).sort());
});

describe("each input gets exactly one documented answer and changes no user, over", () => {
  for (const transport of ["HTTP/1.1", "HTTP/2"] as const)
    campaign(`requests over ${transport}`, LIMIT_MS, (run) =>
      world.unharmedBy(() => fuzzRequests(transport, run)),
    );
});

async function fuzzRequests(transport: Session["transport"], run: Campaign): Promise<void> {
  const covered = new Set<string>();
  await runSessions(
    {
      share: SHARE,
      connections: CONNECTIONS,
      generate: (number) => generateSession(transport, number),
      size: ({ inputs }) => inputs.length,
      run: async (session) => {
        for (const { rpc } of session.inputs) covered.add(rpc);
        return (await runSession(session))?.what;
      },
      show: (session) => shrink(session, runSession),
    },
    run,
  );
  expect([...covered].sort()).toEqual(suitableFor(transport).map(rpcName).sort());
}

function runSession(session: Session): Promise<Finding | undefined> {
  return session.transport === "HTTP/2" ? runHttp2(session, world.target) : runHttp1(session, world.target);
}

function generateSession(transport: Session["transport"], number: number): Session {
  const random = new Random(SEED, transport, number);
  const suitable = suitableFor(transport);
  const inputs = Array.from({ length: random.between(1, LONGEST_SESSION) }, () =>
    generateInput(random, random.pick(suitable), (rpc) => CHANGES_FACTORS[rpc] ?? true),
  );
  return { transport, atOnce: random.chance(0.5), inputs };
}

/** HTTP/1.1 carries no stream both ways, and one that the server never ends leaves no connection to use again. */
function suitableFor(transport: Session["transport"]): readonly DescMethod[] {
  return [...world.methods.values()].filter(
    ({ methodKind }) => transport === "HTTP/2" || methodKind === "unary",
  );
}

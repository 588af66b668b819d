import type { DescMethod } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everyRpc, rpcName } from "../../support/every-rpc.js";
import { expectAtRest, MemoryWatch } from "../support/at-rest.js";
import { type Campaign, campaign } from "../support/campaign.js";
import { type Deployment, startDeployment } from "../support/deployment.js";
import { FORM, SEED } from "../support/form.js";
import type { Instance } from "../support/instance.js";
import { Random } from "../support/random.js";
import { runHttp1 } from "./http1-session.js";
import { runHttp2 } from "./http2-session.js";
import { generateInput } from "./input.js";
import type { Finding, Session, SessionTarget } from "./session.js";
import { show, shrink } from "./shrink.js";
import { enrolTargets, factorsOf } from "./targets.js";

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
/** Failures that are shrunk and shown before a campaign gives up. */
const MAX_FAILURES = 10;
const FUZZ_LIMIT_MS = 600_000;

let deployment: Deployment;
let instance: Instance;
let methods: ReadonlyMap<string, DescMethod>;
beforeAll(async () => {
  deployment = await startDeployment();
  await enrolTargets(deployment.service);
  // One slow hash for each enrolment is enough.
  instance = await deployment.start({ MFA_BACKUP_CODES_COUNT: "1", LOG_LEVEL: "error" });
  const all = [...(await everyRpc("countersign")), ...(await everyRpc("grpc"))];
  methods = new Map(all.map((method) => [rpcName(method), method]));
});
afterAll(async () => {
  await instance[Symbol.asyncDispose]();
  await deployment[Symbol.asyncDispose]();
});

test("every RPC of the protos is fuzzed, and nothing else", () => {
  expect([...methods.keys()].sort()).toEqual(Object.keys(CHANGES_FACTORS).sort());
});

describe("each input gets exactly one documented answer and changes no user, over", () => {
  const share = { "HTTP/1.1": 0.45, "HTTP/2": 0.45 } as const;
  for (const transport of ["HTTP/1.1", "HTTP/2"] as const)
    campaign(`requests over ${transport}`, FUZZ_LIMIT_MS, async (run) => {
      const before = await factorsOf(deployment.service);
      using memory = new MemoryWatch(instance);
      await fuzzRequests(transport, FORM.fuzz.inputs * share[transport], run);
      expect(await factorsOf(deployment.service)).toEqual(before);
      await expectAtRest(instance);
      expect(instance.errors).toEqual([]);
      expect(memory.growthMiB ?? 0).toBeLessThan(40);
    });
});

/** Runs sessions over some connections at a time until as many inputs were sent. Fails with what failed, shrunk. */
async function fuzzRequests(
  transport: Session["transport"],
  inputs: number,
  { count, note }: Campaign,
): Promise<void> {
  const failures = new Map<string, string>();
  const covered = new Set<string>();
  let [sent, next] = [0, 0];
  const worker = async () => {
    while (sent < inputs && failures.size < MAX_FAILURES && !instance.process.hasExited()) {
      const number = next++;
      const session = generateSession(transport, number);
      sent += session.inputs.length;
      const finding = await runSession(session);
      count(session.inputs.length);
      for (const { rpc } of session.inputs) covered.add(rpc);
      if (finding === undefined || failures.has(finding.what)) continue;
      failures.set(finding.what, "");
      failures.set(finding.what, await describeFailure(session, number, finding));
      note(`${failures.size} failures`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  expect([...failures.values()].join("\n\n")).toBe("");
  expect([...covered].sort()).toEqual(suitableFor(transport).map(rpcName).sort());
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
  return [...methods.values()].filter(({ methodKind }) => transport === "HTTP/2" || methodKind === "unary");
}

function runSession(session: Session): Promise<Finding | undefined> {
  const target: SessionTarget = {
    port: instance.port,
    methods,
    authorization: async (caller) => {
      if (caller === "nobody") return undefined;
      return caller === "stranger" ? "Bearer x.y.z" : deployment.authorization(caller);
    },
  };
  return session.transport === "HTTP/2" ? runHttp2(session, target) : runHttp1(session, target);
}

async function describeFailure(session: Session, number: number, first: Finding): Promise<string> {
  const shrunk = await shrink(session, runSession);
  const again = shrunk.finding === undefined ? "not seen again" : shrunk.finding.what;
  return `${first.what}\nCOUNTERSIGN_TEST_SEED=${SEED}, session ${number}, input ${first.at}; shrunk (${again}):\n${show(shrunk.session)}`;
}

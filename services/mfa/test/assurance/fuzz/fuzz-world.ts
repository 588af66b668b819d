import type { DescMethod } from "@bufbuild/protobuf";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect } from "vitest";
import { everyRpc, rpcName } from "../../support/client/every-rpc.js";
import { expectAtRest, MemoryWatch } from "../support/at-rest.js";
import { type Deployment, startDeployment } from "../support/deployment.js";
import { GrpcCaller } from "../support/grpc-caller.js";
import type { Instance } from "../support/instance.js";
import type { Input } from "./input.js";
import type { SessionTarget } from "./session.js";
import { enrolTargets, factorsOf } from "./targets.js";
import { TARGETS } from "./values.js";

/** How much memory may grow after the warm-up: garbage comes and goes by tens of megabytes. */
const MAX_GROWTH_MIB = 40;

/** A replica to fuzz, the users that must come out as they went in, and every RPC of the API. */
export class FuzzWorld implements AsyncDisposable {
  private constructor(
    readonly deployment: Deployment,
    readonly instance: Instance,
    readonly methods: ReadonlyMap<string, DescMethod>,
  ) {}

  static async start(): Promise<FuzzWorld> {
    const deployment = await startDeployment();
    await enrolTargets(deployment.service);
    // One slow hash for each enrolment is enough.
    const instance = await deployment.start({ MFA_BACKUP_CODES_COUNT: "1", LOG_LEVEL: "error" });
    await shareAddressWithCaller(deployment, instance);
    const all = [...(await everyRpc("countersign")), ...(await everyRpc("grpc"))];
    return new FuzzWorld(deployment, instance, new Map(all.map((method) => [rpcName(method), method])));
  }

  get target(): SessionTarget {
    return {
      port: this.instance.port,
      methods: this.methods,
      authorization: async (caller: Input["caller"]) => {
        if (caller === "nobody") return undefined;
        return caller === "stranger" ? "Bearer x.y.z" : this.deployment.authorization(caller);
      },
    };
  }

  /** Runs a campaign, then asserts that it has changed no user and left nothing behind. */
  async unharmedBy(campaign: () => Promise<void>): Promise<void> {
    const before = await factorsOf(this.deployment.service);
    using memory = new MemoryWatch(this.instance);
    await campaign();
    expect(await factorsOf(this.deployment.service)).toEqual(before);
    await expectAtRest(this.instance);
    expect(this.instance.errors).toEqual([]);
    expect(memory.growthMiB ?? 0).toBeLessThan(MAX_GROWTH_MIB);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.instance[Symbol.asyncDispose]();
    await this.deployment[Symbol.asyncDispose]();
  }
}

/** Nonsense comes as through a proxy, from where callers come too: elsewhere the rate of strangers would end most of it unread. */
async function shareAddressWithCaller(deployment: Deployment, { url }: Instance): Promise<void> {
  using caller = new GrpcCaller(url, () => deployment.authorization("login"));
  const answer = await caller.call(MfaService.method.getMfaStatus, { userId: TARGETS[0]! });
  expect(answer.kind).toBe("message");
}

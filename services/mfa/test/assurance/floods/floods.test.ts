import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { everyRpc, rpcName } from "../../support/client/every-rpc.js";
import { expectAtRest, MemoryWatch } from "../support/at-rest.js";
import { type Campaign, campaign } from "../support/campaign.js";
import { type Deployment, startDeployment } from "../support/deployment.js";
import { FORM } from "../support/form.js";
import { GrpcCaller } from "../support/grpc-caller.js";
import type { Instance } from "../support/instance.js";
import { enrolLoginUsers, LoginStream, percentile } from "../support/login-stream.js";
import { describeMeasured } from "../support/measured.js";
import { Flooder } from "./flooder.js";
import { FLOODS, type FloodKind } from "./worker/kinds.js";

const KINDS = Object.keys(FLOODS) as FloodKind[];
const FLOOD_MS = FORM.floods.durationMs / KINDS.length;
/** Logins before each flood, to compare those beside it with. */
const QUIET_MS = FORM.long ? FLOOD_MS / 4 : 0;
const LOGINS_PER_SECOND = FORM.long ? 15 : 8;
/** Enough for each to log in once in a time step. */
const USERS = FORM.long ? 450 : 100;
/** The short form shares its machine with other tests, and shows that a flood is bounded, not how much a core can refuse. */
const SHORT_SHARE = 0.25;
/** A client that connects anew after as many calls: newcomers must get in too. */
const CALLS_PER_CONNECTION = 10;
/** The memory limit of k8s/base/deployment.yaml: above it the kernel ends the process. */
const MEMORY_LIMIT_MIB = 384;
/** What a machine that does other things too makes of it: without a flood the p99 of logins on two cores lay between 7 and 66 ms. */
const P99_FLOOR_MS = 100;
/** Of the long form. What it takes from an address that callers share is judged by memory and life alone: that address has no rate. */
const SHARED_MS = FLOOD_MS / 3;
/** The stranger's own address, and the one of the logins. */
const ADDRESS = { own: "127.0.0.2", shared: "127.0.0.1" } as const;

let deployment: Deployment;
let instance: Instance;
let users: Awaited<ReturnType<typeof enrolLoginUsers>>;
let paths: readonly string[];
/** Of all quiet phases so far: each alone has too few logins for a percentile. */
const quietMs: number[] = [];
beforeAll(async () => {
  deployment = await startDeployment();
  instance = await deployment.start();
  users = await enrolLoginUsers(deployment.service, USERS);
  paths = (await everyRpc("countersign")).map((method) => `/${rpcName(method)}`);
});
afterAll(async () => {
  await instance[Symbol.asyncDispose]();
  await deployment[Symbol.asyncDispose]();
});

describe("a replica within the image's heap lives, and logins go on, beside", () => {
  for (const kind of KINDS)
    campaign(kind, FLOOD_MS + QUIET_MS + 60_000, async (run) => {
      if (instance.process.hasExited()) instance = await deployment.start();
      const quietP99 = QUIET_MS > 0 ? await quietPercentile() : undefined;
      using memory = new MemoryWatch(instance);
      const alone = FORM.long
        ? await loginsBeside({ kind, from: "own", forMs: FLOOD_MS - SHARED_MS }, run)
        : undefined;
      const beside = await loginsBeside(
        { kind, from: "shared", forMs: FORM.long ? SHARED_MS : FLOOD_MS },
        run,
      );
      run.note(
        describeMeasured([
          ["p99", alone?.p99, "ms"],
          ["quiet", quietP99, "ms"],
          ["shared", beside.p99, "ms"],
          ["peak", memory.peakMiB, "MiB"],
        ]),
      );
      expect(instance.process.hasExited(), instance.process.output()).toBe(false);
      expect(memory.peakMiB).toBeLessThan(MEMORY_LIMIT_MIB);
      expect(beside.wrong).toEqual(new Map());
      expect(beside.approved).toBeGreaterThan(0);
      await expectAtRest(instance);
      if (alone === undefined || quietP99 === undefined) return;
      expect(instance.errors).toEqual([]);
      expect([...alone.late, ...beside.late]).toEqual([]);
      expect(alone.wrong).toEqual(new Map());
      expect(alone.busy).toEqual(new Map());
      expect(alone.p99).toBeLessThan(Math.max(2 * quietP99, P99_FLOOR_MS));
    });
});

async function quietPercentile(): Promise<number> {
  const { logins, caller } = startLogins();
  await sleep(QUIET_MS);
  await logins.stop();
  caller[Symbol.dispose]();
  expect(logins.wrong).toEqual(new Map());
  quietMs.push(...logins.latenciesMs);
  return percentile(quietMs, 0.99);
}

interface FloodPhase {
  readonly kind: FloodKind;
  readonly from: keyof typeof ADDRESS;
  readonly forMs: number;
}

async function loginsBeside({ kind, from, forMs }: FloodPhase, run: Campaign) {
  const target = { port: instance.port, adminPort: instance.adminPort, from: ADDRESS[from] };
  const flooder = await Flooder.start({ kind, target, paths, share: FORM.long ? 1 : SHORT_SHARE });
  const { logins, caller } = startLogins();
  const late: string[] = [];
  const end = performance.now() + forMs;
  let counted = 0;
  while (performance.now() < end && !instance.process.hasExited()) {
    await sleep(Math.min(500, forMs / 4));
    // What the kubelet asks, within what it waits.
    const live = await instance.page("/livez").catch((error: unknown) => String(error));
    if (typeof live === "string" || live.status !== 200) late.push(JSON.stringify(live));
    run.count(flooder.calls - counted);
    counted = flooder.calls;
  }
  await flooder.stop();
  await logins.stop();
  caller[Symbol.dispose]();
  const { wrong, approved, busy } = logins;
  return { p99: percentile(logins.latenciesMs, 0.99), wrong, approved, busy, late };
}

function startLogins() {
  const caller = new GrpcCaller(instance.url, () => deployment.authorization("login"), CALLS_PER_CONNECTION);
  return { caller, logins: new LoginStream(users, { caller, perSecond: LOGINS_PER_SECOND }) };
}

import { expect, test } from "vitest";
import type { Caller } from "../domain/caller/caller.js";
import { admitCaller } from "./admit-caller.js";

const POLICY = {
  enabled: true,
  defaultRequestsPerMinute: 60,
  loginAttemptsPerMinute: 5,
  apiRequestsPerMinute: 100,
  fileUploadsPerHour: 50,
  burstMultiplier: 1.5,
};
const LIMITED: Caller = { id: "limited", requestsPerMinute: 7 };
const RPC = { service: "countersign.mfa.v1.MfaService", method: "VerifyCode" };

/** The buckets that calls are counted in. */
function counting(onlyOwn: boolean) {
  const taken: string[] = [];
  const admit = admitCaller({
    take: (bucket, { perMinute }) => {
      taken.push(`${bucket} ${perMinute}`);
      return undefined;
    },
    policy: () => ({ ...POLICY, onlyOwn }),
    apiServices: new Set([RPC.service]),
    exemptServices: new Set(),
  });
  return { admit, taken };
}

test("where only callers' own limits hold, a caller that has one is counted and no other", async () => {
  const { admit, taken } = counting(true);
  await admit({ id: "free" }, RPC);
  await admit(LIMITED, RPC);
  expect(taken).toEqual(["caller:api:limited 7"]);
});

test("elsewhere every caller is counted, by its own limit or that of the policy", async () => {
  const { admit, taken } = counting(false);
  await admit({ id: "free" }, RPC);
  await admit(LIMITED, RPC);
  expect(taken).toEqual(["caller:api:free 100", "caller:api:limited 7"]);
});

import { expect, test } from "vitest";
import { expectAtRest } from "./at-rest.js";
import { campaign } from "./campaign.js";
import { startDeployment } from "./deployment.js";
import { GrpcCaller } from "./grpc-caller.js";
import { enrolLoginUsers, LoginStream, percentile } from "./login-stream.js";
import { describeMeasured } from "./measured.js";
import { Random } from "./random.js";

test("a seed and its labels give the same choices again, and other labels others", () => {
  const choices = (...labels: string[]) => new Random(7, ...labels).bytes(16).toString("hex");
  expect(choices("a")).toBe(choices("a"));
  expect(choices("a")).not.toBe(choices("b"));
});

test("a note tells only what was measured", () => {
  const note = describeMeasured([
    ["p99", undefined, "ms"],
    ["quiet", Number.NaN, "ms"],
    ["shared", 4.25, "ms"],
    ["peak", 190, "MiB"],
  ]);
  expect(note).toBe("shared 4.3 ms, peak 190.0 MiB");
});

campaign("quiet logins", 60_000, async ({ count, note }) => {
  await using deployment = await startDeployment();
  await using instance = await deployment.start();
  const caller = new GrpcCaller(instance.url, () => deployment.authorization("login"));
  const users = await enrolLoginUsers(deployment.service, 20);
  const logins = new LoginStream(users, { caller, perSecond: 20 });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await logins.stop();
  caller[Symbol.dispose]();
  count(logins.latenciesMs.length);
  note(`p99 ${percentile(logins.latenciesMs, 0.99).toFixed(1)} ms`);
  expect(logins.wrong).toEqual(new Map());
  expect(logins.approved).toBeGreaterThan(20);
  await expectAtRest(instance);
  expect(instance.errors).toEqual([]);
});

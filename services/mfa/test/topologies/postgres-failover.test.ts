import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/migrate.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import type { TestService } from "../support/service.js";
import { expectAllSpent, expectAudited, logInWhile, MANY_LOGINS, mintCodes } from "./support/logins.js";
import { type PostgresNode, startPrimary, startSynchronousStandby } from "./support/postgres-node.js";
import { startReady } from "./support/start-ready.js";
import { storesOf } from "./support/stores-of.js";

let primary: PostgresNode;
let standby: PostgresNode;
beforeAll(async () => {
  primary = await startPrimary();
  await migrate(primary);
  standby = await startSynchronousStandby(primary);
});
afterAll(async () => {
  for (const node of [standby, primary]) await node[Symbol.asyncDispose]();
});

/** By a URL's list of hosts and ports. */
async function startOn(hosts: string): Promise<TestService> {
  const { database } = storesOf({ DATABASE_URL: `postgres://postgres@${hosts}/postgres` });
  return startReady({ stores: { database }, overrides: MANY_LOGINS });
}

test("users log in through the crash of the primary, on the standby that the URL names too", async () => {
  await using service = await startOn(`127.0.0.1:${primary.port},127.0.0.1:${standby.port}`);
  const codes = await mintCodes(service);
  const report = await logInWhile(service, codes, async (outage) => {
    await primary[Symbol.asyncDispose]();
    await outage();
    await standby.sql`select pg_promote()`;
  });
  console.log(report.approved.length, report.unavailable, report.lostAnswers, report.outageMs);
  await expectAudited(standby.sql, report);
  await expectAllSpent(service, report.approved);
});

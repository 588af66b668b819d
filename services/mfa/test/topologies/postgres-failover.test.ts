import { afterAll, beforeAll, describe, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { canStart } from "../support/backing/programs.js";
import type { TestService } from "../support/service.js";
import { startFaultProxy } from "../support/stores/fault-proxy.js";
import { expectAllSpent, expectAudited, logInWhile } from "./support/log-in-while.js";
import { type PostgresNode, startPrimary, startSynchronousStandby } from "./support/postgres-node.js";
import { MANY_LOGINS, mintCodes } from "./support/right-codes.js";
import { startReady } from "./support/start-ready.js";
import { storesOf } from "./support/stores-of.js";

const canRun = await canStart("postgres");

describe.skipIf(!canRun)("Postgres with a synchronous standby", () => {
  let primary: PostgresNode;
  let standby: PostgresNode;
  beforeAll(async () => {
    primary = await startPrimary();
    await migrate(primary);
    standby = await startSynchronousStandby(primary);
  });
  afterAll(async () => {
    await Promise.all([standby, primary].map((node) => node[Symbol.asyncDispose]()));
  });

  async function startOn(...ports: readonly number[]): Promise<TestService> {
    const hosts = ports.map((port) => `127.0.0.1:${port}`).join();
    const { database } = storesOf({ DATABASE_URL: `postgres://postgres@${hosts}/postgres` });
    return startReady({ stores: { database }, overrides: MANY_LOGINS });
  }

  test("users log in on the one server that is the primary, and on the standby once it has crashed", async () => {
    await using service = await startOn(standby.port, primary.port);
    const codes = await mintCodes(service);
    const report = await logInWhile(service, codes, async (outage) => {
      await primary[Symbol.asyncDispose]();
      await outage();
      await standby.sql`select pg_promote()`;
    });
    await expectAudited(standby.sql, report);
    await expectAllSpent(service, report.approved);
  });

  test("users log in through a switch-over that moves the address and leaves old connections open", async () => {
    const old = standby;
    await using next = await startSynchronousStandby(old);
    await old.sql`truncate mfa_settings, mfa_audit_events cascade`;
    await using address = await startFaultProxy({ host: "127.0.0.1", port: old.port });
    await using service = await startOn(address.port);
    const codes = await mintCodes(service);
    const report = await logInWhile(service, codes, async (outage) => {
      await old.sql`alter system set default_transaction_read_only = on`;
      await old.sql`select pg_reload_conf()`;
      await outage();
      address.moveTo({ host: "127.0.0.1", port: next.port });
      await next.sql`select pg_promote()`;
    });
    await expectAudited(next.sql, report);
    await expectAllSpent(service, report.approved);
  });
});

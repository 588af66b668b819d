import { chownSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { recordingLog } from "../net/support/recording-log.js";
import { makeDataFolder, unprivilegedUser } from "../support/backing/data-folder.js";
import { canStart } from "../support/backing/programs.js";
import { scrape } from "../support/scrape.js";
import { startTestService } from "../support/service.js";
import { startPrimary } from "../topologies/support/postgres-node.js";
import { doctor } from "./support/doctor.js";
import { checksOf, readinessOf } from "./support/readiness.js";

/** The service's role by password alone. */
const RULES = `
host all postgres 127.0.0.1/32 trust
host all countersign_app 127.0.0.1/32 scram-sha-256
`;
const REFUSED = "refuses the password of countersign_app (DATABASE_URL)";

async function startByPassword() {
  const folder = makeDataFolder("rules", unprivilegedUser());
  const file = join(folder, "hba.conf");
  writeFileSync(file, RULES, { mode: 0o600 });
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(file, user.uid, user.gid);
  const postgres = await startPrimary([`hba_file=${file}`]);
  await postgres.sql`create role countersign_app login password 'right'`;
  await migrate({ url: postgres.url }, "countersign_app");
  return {
    ...postgres,
    async [Symbol.asyncDispose]() {
      await postgres[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

test.skipIf(!(await canStart("postgres")))(
  "a Postgres that refuses the password: said once, by the probes too, and ready once it takes it",
  async () => {
    await using postgres = await startByPassword();
    const log = recordingLog();
    await using service = await startTestService({
      databaseUrl: () =>
        Promise.resolve(`postgres://countersign_app:wrong@127.0.0.1:${postgres.port}/postgres`),
      overrides: { log },
    });
    for (const probe of ["readyz", "startupz"] as const) {
      expect(await readinessOf(service, probe)).toBe(503);
      expect(await checksOf(service, probe)).toMatchObject({
        stores: `Postgres ${REFUSED}`,
        postgres: REFUSED,
        redis: "ok",
      });
    }
    expect((await scrape(service.replicas[0]!)).get("countersign_pg_up")).toBe(0);
    // Until it has been tried some more times.
    const tries = () => log.lines.filter(({ level }) => level === "debug").length;
    await expect.poll(tries, { timeout: 20_000 }).toBeGreaterThan(2);
    const written = log.lines.filter(({ level }) => level !== "debug");
    expect(written.filter(({ message }) => message === "not ready yet")).toEqual([
      { level: "warn", message: "not ready yet", fields: { err: `Postgres ${REFUSED}`, tries: 1 } },
    ]);
    expect(JSON.stringify(written)).not.toMatch(/Failed query|select | {4}at /);
    const diagnosis = await doctor({
      DATABASE_URL: `postgres://countersign_app:wrong@127.0.0.1:${postgres.port}/postgres`,
      REDIS_URL: service.config.stores!.redis.url,
      ENCRYPTION_KEY: service.config.encryptionKey!,
    });
    expect(diagnosis.exitCode).toBe(1);
    expect(diagnosis.said).toContain(`failed postgres ${REFUSED}\n`);
    await postgres.sql`alter role countersign_app password 'wrong'`;
    await expect.poll(() => readinessOf(service), { timeout: 20_000 }).toBe(200);
    expect(await checksOf(service)).toMatchObject({ stores: "ok", postgres: "ok" });
  },
);

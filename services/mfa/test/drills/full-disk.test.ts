import { rmSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { recordingLog } from "../net/support/recording-log.js";
import { canStart } from "../support/backing/programs.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService } from "../support/service.js";
import { fillDisk } from "../support/stores/fill-disk.js";
import { type OwnPostgres, startOwnPostgres } from "../support/stores/own-postgres.js";
import { doctor } from "./support/doctor.js";
import { expectQuiet, outcomeOf, PATIENCE, sample, written } from "./support/observed.js";
import { checksOf } from "./support/readiness.js";

const FULL = "refuses writes: no space left on its disk";
const DISK_MB = 128;
/** Segments of the write-ahead log, a MiB each, that are kept for use again. */
const SMALL_LOG = ["min_wal_size=16MB", "max_wal_size=32MB"];

/** Has segments of the log to go on with, as a database has that was used: without one at the full disk it would end itself. */
async function useLog({ url }: OwnPostgres): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  await sql`create table filler as select repeat('x', 1000) as x from generate_series(1, 24000)`;
  await sql`drop table filler`;
  for (let round = 0; round < 2; round += 1) {
    await sql`select pg_switch_wal()`;
    await sql`checkpoint`;
  }
  await sql.end();
}

test.skipIf(!(await canStart("postgres")))(
  "a Postgres on a disk that is really full: doctor, log, readiness and metric say so, and it goes on once there is room",
  async ({ skip }) => {
    await using own = await startOwnPostgres({ diskMb: DISK_MB, settings: SMALL_LOG });
    const { disk, url } = own;
    if (disk === undefined)
      skip("this user may not mount a file system; stores.test.ts has what Postgres then says");
    await migrate({ url });
    await useLog(own);
    const log = recordingLog();
    await using service = await startTestService({
      databaseUrl: () => Promise.resolve(url),
      overrides: { log, reloadIntervalMs: 50 },
    });
    const user = await enrolTotp(service.client, service.clock);
    const ballast = join(disk!, "ballast");
    await fillDisk(ballast);

    const diagnosis = await doctor({
      DATABASE_URL: url,
      REDIS_URL: service.config.stores!.redis.url,
      ENCRYPTION_KEY: service.config.encryptionKey!,
    });
    expect(diagnosis.exitCode).toBe(1);
    expect(diagnosis.said).toContain(`failed postgres ${FULL}\n`);

    // Until the tables that a login writes to must grow.
    const said = async () => {
      await outcomeOf(service, user);
      return JSON.stringify(written(log.lines));
    };
    await expect.poll(said, PATIENCE).toContain(`Postgres ${FULL}`);
    expect(await checksOf(service)).toMatchObject({ stores: "ok", postgres: FULL });
    expect(await sample(service, "countersign_pg_up")).toBe(0);

    rmSync(ballast);
    await expect.poll(() => outcomeOf(service, user), PATIENCE).toBe("approved");
    await expect.poll(() => sample(service, "countersign_pg_up"), PATIENCE).toBe(1);
    expectQuiet(log.lines);
  },
);

import { chownSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { recordingLog } from "../net/support/recording-log.js";
import { makeDataFolder, unprivilegedUser } from "../support/backing/data-folder.js";
import { canStart } from "../support/backing/programs.js";
import { adminClient } from "../support/client/admin-client.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import type { TestService } from "../support/service.js";
import { logInUntil } from "./support/log-in-until.js";
import { type PostgresNode, startPrimary } from "./support/postgres-node.js";
import { type RedisNode, startRedisNode } from "./support/redis-node.js";
import { type Code, MANY_LOGINS, mintCodes } from "./support/right-codes.js";
import { startReady } from "./support/start-ready.js";
import { followedStoresOf } from "./support/stores-of.js";

/** The service's role by password alone. */
const RULES = `
host all postgres 127.0.0.1/32 trust
host all countersign 127.0.0.1/32 scram-sha-256
`;
const canRun = (await canStart("postgres")) && (await canStart("redis"));

describe.skipIf(!canRun)("the passwords of the stores change", () => {
  const log = recordingLog();
  let own: string;
  let postgres: PostgresNode;
  let redis: RedisNode;
  let folder: ScratchFolder;
  let service: TestService;
  let codes: Code[];

  beforeAll(async () => {
    own = makeDataFolder("rules", unprivilegedUser());
    const file = join(own, "hba.conf");
    writeFileSync(file, RULES, { mode: 0o600 });
    const user = unprivilegedUser();
    if (user !== undefined) chownSync(file, user.uid, user.gid);
    postgres = await startPrimary([`hba_file=${file}`]);
    await postgres.sql`create role countersign login`;
    await migrate(postgres, "countersign");
    redis = await startRedisNode();
    folder = await createScratchFolder();
  });
  afterAll(async () => {
    await Promise.all([postgres, redis, folder].map((each) => each[Symbol.asyncDispose]()));
    rmSync(own, { recursive: true });
  });

  const setRole = (password: string) => postgres.sql.unsafe(`alter role countersign password '${password}'`);
  const setUser = (password: string) =>
    redis.ask((operator) =>
      operator.call("ACL", "SETUSER", "app", "on", "resetpass", `>${password}`, "~*", "+@all"),
    );
  const databaseUrl = (password: string) =>
    folder.put("url", `postgres://countersign:${password}@127.0.0.1:${postgres.port}/postgres\n`);
  const redisPassword = (password: string) => folder.put("redis", `${password}\n`);
  const reloads = () => log.lines.filter(({ message }) => message === "reloaded").length;

  beforeEach(async () => {
    await setRole("first");
    await setUser("first");
    await postgres.sql`truncate mfa_settings, mfa_audit_events cascade`;
    service = await startReady({
      config: {
        ...followedStoresOf({
          DATABASE_URL_FILE: await databaseUrl("first"),
          REDIS_URL: `redis://127.0.0.1:${redis.port}`,
          REDIS_USERNAME: "app",
          REDIS_PASSWORD_FILE: await redisPassword("first"),
        }),
        // No call may fail, on a busy machine either.
        databaseTimeLimitMs: 20_000,
        redisTimeLimitMs: 10_000,
      },
      overrides: { ...MANY_LOGINS, reloadIntervalMs: 50, log },
    });
    codes = await mintCodes(service);
  });
  afterEach(() => service[Symbol.asyncDispose]());

  /** Users log in all the time, while there are codes: some are left for what comes after. Each of them must be approved. */
  async function logInThroughout(work: () => Promise<void>): Promise<void> {
    await logInUntil(service, codes, work(), { keep: 10 });
  }

  /** More concurrent calls than there are connections by now. */
  async function needNewConnections(): Promise<void> {
    const admin = adminClient(service);
    const lock = postgres.sql.begin(async (tx) => {
      await tx`lock table mfa_factors in exclusive mode`;
      await delay(300);
    });
    // All have to end before the test does.
    const acts = await Promise.allSettled([
      lock,
      ...codes.slice(-6).map(({ userId }) => admin.unlockUser({ userId, reason: "new connections" })),
      ...Array.from({ length: 6 }, (_, n) =>
        admin.resetMfa({ userId: `nobody-${n}`, reason: "new connections" }),
      ),
    ]);
    expect(acts.filter(({ status }) => status === "rejected")).toEqual([]);
  }

  test("the files first, then the stores: no call fails, and new connections use the new ones", async () => {
    await logInThroughout(async () => {
      // Each file at a time of its own, as an operator writes them.
      for (const write of [databaseUrl, redisPassword]) {
        const before = reloads();
        await write("second");
        await expect.poll(reloads).toBeGreaterThan(before);
      }
      await needNewConnections();
      await setRole("second");
      await setUser("second");
      await needNewConnections();
    });
    await reconnectsToRedis();
  });

  test("the stores first, then the files: calls go on over open connections, and new ones use the new passwords", async () => {
    await logInThroughout(async () => {
      await delay(200);
      await setRole("second");
      await setUser("second");
      await delay(200);
      const before = reloads();
      await databaseUrl("second");
      await redisPassword("second");
      await expect.poll(reloads).toBeGreaterThan(before);
      await needNewConnections();
    });
    await reconnectsToRedis();
  });

  test("an address of another database is refused while the service runs", async () => {
    await folder.put("url", `postgres://countersign:first@127.0.0.1:${postgres.port}/other`);
    await expect
      .poll(() => log.lines.filter(({ level }) => level === "error").map(({ fields }) => fields))
      .toContainEqual({ source: "stores", problems: [expect.stringContaining("names other servers")] });
    await logInThroughout(() => delay(200));
  });

  /** Whoever is connected still is; a connection that breaks is made anew with the new password. */
  async function reconnectsToRedis(): Promise<void> {
    await redis.ask((operator) => operator.call("CLIENT", "KILL", "USER", "app"));
    const code = codes.shift()!;
    await expect
      .poll(() =>
        service.client.verifyCode(code).then(
          ({ outcome }) => outcome.case,
          () => "unavailable",
        ),
      )
      .toBe("approved");
  }
});

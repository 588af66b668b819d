import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKey, promoteKey, writeKeyFile } from "@countersign/field-crypto";
import { describe, expect, test, vi } from "vitest";
import { fatalWarnings, loadServiceConfig } from "../../src/config/service-config.js";
import { type CryptoObserver, UNOBSERVED } from "../../src/crypto/crypto-observer.js";
import { startCommand } from "../support/command.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { createKeyFolder } from "../support/key-folder.js";
import { startTestService } from "../support/service.js";
import { createTestDatabase } from "../support/stores/database.js";
import { createTestRedis } from "../support/stores/redis.js";

const NEVER_READ = () => "";
const STORES = { DATABASE_URL: "postgres://127.0.0.1/none", REDIS_URL: "redis://127.0.0.1:1" };

describe("where the keys come from", () => {
  test("production starts with a folder or a key, not without, and nothing starts with both", () => {
    const load = (env: Record<string, string>) => {
      const loaded = loadServiceConfig({ ...STORES, ...env }, NEVER_READ);
      return loaded.ok ? fatalWarnings(loaded.config) : loaded.problems;
    };
    const production = { ENVIRONMENT: "production" };
    expect(load({ ...production, KEY_RING_DIR: "/keys" }).join()).not.toMatch(/KEY_RING_DIR|ENCRYPTION_KEY/);
    expect(load({ ...production, ENCRYPTION_KEY: "k" }).join()).not.toMatch(/KEY_RING_DIR|ENCRYPTION_KEY/);
    expect(load(production).join()).toContain("ENCRYPTION_KEY is not set");
    expect(load({ KEY_RING_DIR: "/keys", ENCRYPTION_KEY: "k" })).toEqual([
      "KEY_RING_DIR and ENCRYPTION_KEY are both set: keep one",
    ]);
  });

  test.each([
    ["a key of zeros", Buffer.alloc(32).toString("base64"), "is not random"],
    ["the example key", "EXAMPLE+ONLY+NEVER+USE+THIS+KEY+REPLACE+IT0=", "is an example key"],
    ["a short key", Buffer.from("abc").toString("base64"), "has 3 bytes, not 32"],
  ])("%s ends the start with exit code 2 and its reason", async (_, key, reason) => {
    const command = startCommand(["serve"], { ENCRYPTION_KEY: key, PORT: "0", ADMIN_PORT: "0" });
    expect(await command.ended()).toBe(2);
    expect(command.stderr()).toContain(reason);
    expect(command.stderr() + command.stdout()).not.toContain(key);
  });

  test("a bad folder ends the start with exit code 2 and every problem of every file", async () => {
    await using folder = await createKeyFolder("first");
    await writeFile(join(folder.path, "zero"), keyFile(Buffer.alloc(32)), { mode: 0o400 });
    await writeFile(join(folder.path, "short"), keyFile(Buffer.alloc(5, 7)), { mode: 0o400 });
    await writeFile(join(folder.path, "open"), keyFile(Buffer.alloc(32, 1)), { mode: 0o444 });
    const env = { KEY_RING_DIR: folder.path, PORT: "0", ADMIN_PORT: "0" };
    const command = startCommand(["serve"], env);
    expect(await command.ended()).toBe(2);
    for (const problem of ["key zero is not random", "key short has 5 bytes", '"open" is open to every user'])
      expect(command.stderr()).toContain(problem);
  });
});

describe("a folder of keys that changes while the service runs", () => {
  test("a new active key seals what is new, and what the old one sealed still logs in", async () => {
    await using folder = await createKeyFolder("old");
    const loaded = vi.fn<CryptoObserver["keyRingLoaded"]>();
    const config = { keyRingDir: folder.path, keyReloadIntervalMs: 20 };
    const overrides = { cryptoObserver: { ...UNOBSERVED, keyRingLoaded: loaded } };
    await using service = await startTestService({ config, overrides });
    const before = await enrolTotp(service.client, service.clock);

    await writeKeyFile(folder.path, generateKey(new Date(), "new"));
    await promoteKey(folder.path, "new");
    await expect.poll(() => loaded.mock.lastCall?.[0].keys[0]?.id).toBe("new");
    const after = await enrolTotp(service.client, service.clock);

    for (const { userId, authenticator } of [before, after]) {
      const code = authenticator.code(service.clock.ms);
      expect((await service.client.verifyCode({ userId, code })).outcome.case).toBe("approved");
    }
    const keyOf = async ({ userId }: { userId: string }) => {
      const [row] = await service.database.sql<{ head: Buffer }[]>`
        select substring(totp_secret_encrypted from 3 for 3) as head from mfa_factors where user_id = ${userId}`;
      return row?.head.toString();
    };
    expect([await keyOf(before), await keyOf(after)]).toEqual(["old", "new"]);
  });

  test("SIGHUP has the folder looked at before its turn", async () => {
    await using folder = await createKeyFolder("old");
    await using database = await createTestDatabase();
    await using redis = createTestRedis();
    const command = startCommand(["serve"], {
      ENVIRONMENT: "test",
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REDIS_KEY_PREFIX: redis.keyPrefix,
      KEY_RING_DIR: folder.path,
      KEY_RELOAD_INTERVAL_MS: "300000",
      PORT: "0",
      ADMIN_PORT: "0",
    });
    const printed = (text: string) => expect.poll(command.stdout).toContain(text);
    await printed("serves on http");
    await writeKeyFile(folder.path, generateKey(new Date(), "new"));
    command.child.kill("SIGHUP");
    await printed("key ring reloaded");
    command.child.kill("SIGTERM");
    expect(await command.ended()).toBe(0);
  });

  test("a folder that is refused leaves the old keys in force, and says so once", async () => {
    await using folder = await createKeyFolder("old");
    const refused = vi.fn<CryptoObserver["keyRingRefused"]>();
    const config = { keyRingDir: folder.path, keyReloadIntervalMs: 20 };
    await using service = await startTestService({
      config,
      overrides: { cryptoObserver: { ...UNOBSERVED, keyRingRefused: refused } },
    });
    const { userId, authenticator } = await enrolTotp(service.client, service.clock);
    await writeFile(join(folder.path, "zero"), keyFile(Buffer.alloc(32)), { mode: 0o400 });
    await expect.poll(() => refused.mock.calls.length).toBe(1);
    expect(refused.mock.lastCall?.[0].join()).toContain("zero");
    await service.replicas[0]?.server.reload();
    expect(refused).toHaveBeenCalledTimes(1);
    const code = authenticator.code(service.clock.ms);
    expect((await service.client.verifyCode({ userId, code })).outcome.case).toBe("approved");
  });
});

function keyFile(secret: Buffer): string {
  return JSON.stringify({
    createTime: "2026-01-31T12:00:00Z",
    state: "enabled",
    secret: secret.toString("base64"),
  });
}

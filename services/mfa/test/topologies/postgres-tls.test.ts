import { randomBytes } from "node:crypto";
import { chownSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { makeDataFolder, unprivilegedUser } from "../support/backing/data-folder.js";
import { canStart } from "../support/backing/programs.js";
import { createAuthority } from "../support/caller/certificate-authority.js";
import { reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { startTestService } from "../support/service.js";
import { until } from "../support/until.js";
import { type PostgresNode, startPrimary } from "./support/postgres-node.js";
import { isReady, startReady } from "./support/start-ready.js";
import { followedStoresOf, storesOf } from "./support/stores-of.js";

/** The service's role over TLS and by password alone. */
const RULES = `
host all postgres 127.0.0.1/32 trust
hostssl all countersign 127.0.0.1/32 scram-sha-256
`;
/** Of all replicas on this database, which knows it. */
const config = { encryptionKey: randomBytes(32).toString("base64") };
const canRun = await canStart("postgres");

describe.skipIf(!canRun)("Postgres over TLS", () => {
  const authority = createAuthority();
  let folder: ScratchFolder;
  let own: string;
  let server: PostgresNode;
  beforeAll(async () => {
    folder = await createScratchFolder();
    await folder.put("ca.pem", authority.cert);
    await folder.put("stranger.pem", createAuthority().cert);
    const { key, cert } = authority.issue("IP:127.0.0.1");
    own = makeDataFolder("certificate", unprivilegedUser());
    const file = (name: string, content: string) => ownFile(join(own, name), content);
    server = await startPrimary([
      "ssl=on",
      `ssl_key_file=${file("key.pem", key)}`,
      `ssl_cert_file=${file("cert.pem", cert)}`,
      `hba_file=${file("hba.conf", RULES)}`,
    ]);
    await server.sql`create role countersign login password 'p@ss/word?#'`;
    await migrate(server, "countersign");
  });
  afterAll(async () => {
    await Promise.all([server, folder].map((each) => each[Symbol.asyncDispose]()));
    rmSync(own, { recursive: true });
  });

  /** Postgres takes a key that is its own user's alone. */
  function ownFile(path: string, content: string): string {
    writeFileSync(path, content, { mode: 0o600 });
    const user = unprivilegedUser();
    if (user !== undefined) chownSync(path, user.uid, user.gid);
    return path;
  }

  function settings(host: string, sslmode: string, ca: string): Record<string, string> {
    return {
      DATABASE_URL: `postgres://${host}:${server.port}/postgres?sslmode=${sslmode}`,
      DATABASE_USERNAME: "countersign",
      DATABASE_PASSWORD: "p@ss/word?#",
      DATABASE_TLS_CA_FILE: folder.at(ca),
    };
  }

  test.each([
    ["verify-full", "127.0.0.1"],
    ["verify-ca", "localhost"],
  ])("users log in over TLS with %s to %s", async (sslmode, host) => {
    const { database } = storesOf(settings(host, sslmode, "ca.pem"));
    await using service = await startReady({ stores: { database }, config });
    const { userId, authenticator } = await enrolTotp(service.client, service.clock);
    const code = authenticator.code(service.clock.ms);
    expect((await service.client.verifyCode({ userId, code })).outcome.case).toBe("approved");
    const sessions = await server.sql`select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid)
    where application_name = 'countersign'`;
    expect(sessions).toEqual([{ ssl: true }]);
  });

  test("an authority whose file changes is believed from then on", async () => {
    await folder.put("changing.pem", createAuthority().cert);
    const followed = followedStoresOf({
      ...settings("127.0.0.1", "verify-full", "changing.pem"),
      REDIS_URL: inject("sharedRedisUrl"),
    });
    await using service = await startTestService({
      config: { ...followed, ...config },
      overrides: { reloadIntervalMs: 50 },
    });
    expect(await isReady(service)).toBe(false);
    await folder.put("changing.pem", authority.cert);
    await until(() => isReady(service));
  });

  test.each([
    ["by an authority that nobody named", "verify-full", "127.0.0.1", "stranger.pem"],
    ["by such an authority, when any name will do", "verify-ca", "127.0.0.1", "stranger.pem"],
    ["for another name", "verify-full", "localhost", "ca.pem"],
  ])("a certificate %s is not believed", async (_, sslmode, host, ca) => {
    const { database } = storesOf(settings(host, sslmode, ca));
    await using service = await startTestService({ stores: { database } });
    expect(await isReady(service)).toBe(false);
    const call = service.client.verifyCode({ userId: "alice", code: "000000" });
    await expect(call).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  });
});

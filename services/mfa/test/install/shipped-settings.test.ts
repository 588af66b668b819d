import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { generateKey, promoteKey, writeKeyFile } from "@countersign/field-crypto";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { freePort } from "../support/backing/free-port.js";
import { token } from "../support/caller/caller-tokens.js";
import { createAuthority } from "../support/caller/certificate-authority.js";
import { clientOf } from "../support/caller/listed-callers.js";
import { startCommand } from "../support/command.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { createEmptyDatabase } from "../support/stores/database.js";
import { createTestRedis } from "../support/stores/redis.js";
import { createRole, type TestRole } from "../support/stores/roles.js";
import { until } from "../support/until.js";

type Environment = Readonly<Record<string, string>>;

const shipped = (path: string) =>
  readFile(fileURLToPath(new URL(`../../../../deploy/${path}`, import.meta.url)), "utf8");

/** As systemd reads them: a name and a value a line, `#` comments. */
async function environmentFiles(...paths: readonly string[]): Promise<Environment> {
  const lines = (await Promise.all(paths.map(shipped))).join("\n").split("\n");
  const set = lines.filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split(/=(.*)/s, 2));
  return Object.fromEntries(set.map(([name = "", value = ""]) => [name, value]));
}

async function composeServer(): Promise<Environment> {
  const { services } = parse(await shipped("compose/compose.yaml"), { merge: true }) as {
    readonly services: Readonly<Record<string, { readonly environment: Environment }>>;
  };
  return services["server-a"]!.environment;
}

test.each([
  { name: "systemd", read: () => environmentFiles("systemd/countersign.env", "systemd/a.env") },
  { name: "compose", read: composeServer },
])("the settings shipped for $name run a server of production that answers its caller", async ({ read }) => {
  await using folder = await createScratchFolder();
  await using database = await createEmptyDatabase();
  await using redis = createTestRedis();
  await using role = await createRole(database);
  const jwtSecret = randomBytes(48).toString("base64");
  const authority = createAuthority();
  const certificate = authority.issue("DNS:localhost,IP:127.0.0.1");
  const env = {
    ...(await onThisMachine(await read(), folder, {
      "database-password": passwordOf(role),
      "app-password": passwordOf(role),
      "jwt-secret": jwtSecret,
      "tls.crt": certificate.cert,
      "tls.key": certificate.key,
      "mail-certificate": authority.cert,
      "callers.yaml": await shipped("compose/callers.yaml"),
    })),
    DATABASE_URL: withoutPassword(role.urlOf(database.url)),
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: redis.keyPrefix,
    HOST: "127.0.0.1",
    PORT: String(await freePort()),
    ADMIN_PORT: String(await freePort()),
  };
  const migration = startCommand(["migrate", "--runtime-role", role.name], {
    MIGRATE_DATABASE_URL: database.url,
  });
  expect(await migration.ended(), migration.stderr()).toBe(0);
  const server = startCommand(["serve"], { ...env, DRAIN_DELAY_MS: "0" });
  try {
    await until(
      () => isReady(env.ADMIN_PORT),
      () => server.stdout() + server.stderr(),
    );
    const isTls = "TLS_CERT_FILE" in env;
    const key = { algorithm: "HS256", key: new TextEncoder().encode(jwtSecret) };
    const bearer = await token(key, { ms: Date.now() }, { iss: env.CALLER_JWT_ISSUER });
    const client = clientOf(
      { url: `http://127.0.0.1:${env.PORT}` },
      {
        headers: { authorization: `Bearer ${bearer}` },
        ...(isTls ? { tls: { ca: authority.cert } } : {}),
      },
    );
    expect(await client.getMfaStatus({ userId: "alice" })).toMatchObject({ enabled: false });
  } finally {
    server.child.kill("SIGTERM");
    expect(await server.ended(), server.stdout()).toBe(0);
  }
  expectJsonLines(server.stdout(), env);
});

/** Nothing but JSON lines, of which the first says what runs and where; how it ends is one too. */
function expectJsonLines(output: string, { PORT, ADMIN_PORT }: Environment): void {
  const lines = output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const about = { version: "unknown", environment: "production", log_level: "info" };
  expect(lines[0]).toMatchObject({
    ...about,
    msg: "starting",
    listen: `127.0.0.1:${PORT}`,
    admin_listen: `127.0.0.1:${ADMIN_PORT}`,
  });
  expect(lines).toContainEqual(
    expect.objectContaining({ ...about, admin_url: `http://127.0.0.1:${ADMIN_PORT}` }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ msg: "draining", because: "SIGTERM" }));
}

/** The same settings with their files in a folder of the test's own. What names a store or a port is for the caller to replace. */
async function onThisMachine(
  shippedSettings: Environment,
  folder: ScratchFolder,
  files: Environment,
): Promise<Environment & { readonly CALLER_JWT_ISSUER: string }> {
  const env = Object.entries(shippedSettings).map(([name, value]) => [
    name,
    value.replace(/^\/(?:etc\/countersign|run\/secrets)\//, `${folder.at(".")}/`),
  ]);
  const settings = Object.fromEntries(env) as Record<string, string>;
  // The Redis of tests asks for no password.
  delete settings.REDIS_PASSWORD_FILE;
  for (const [name, path] of Object.entries(settings)) {
    if (!name.endsWith("_FILE")) continue;
    const content = files[path.slice(path.lastIndexOf("/") + 1)];
    if (content === undefined) throw new Error(`${name} names a file that this test does not make: ${path}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { mode: 0o600 });
  }
  await mkdir(settings.KEY_RING_DIR!, { mode: 0o700 });
  await writeKeyFile(settings.KEY_RING_DIR!, generateKey(new Date(), "first"));
  await promoteKey(settings.KEY_RING_DIR!, "first");
  return { ...settings, CALLER_JWT_ISSUER: settings.CALLER_JWT_ISSUER! };
}

function passwordOf(role: TestRole): string {
  return new URL(role.urlOf("postgres://x/y")).password;
}

function withoutPassword(address: string): string {
  return Object.assign(new URL(address), { password: "" }).href;
}

async function isReady(port: string): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok === true;
}

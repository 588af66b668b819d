import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { startCommand } from "../support/command.js";
import { createScratchFolder } from "../support/scratch-folder.js";
import { createTestDatabase } from "../support/stores/database.js";
import { createTestRedis } from "../support/stores/redis.js";
import { createRole } from "../support/stores/roles.js";

const ENCRYPTION_KEY = randomBytes(32).toString("base64");

/** How a command ended, and all that it said. */
async function ended(args: readonly string[], env: Readonly<Record<string, string>>) {
  const command = startCommand(args, env);
  const exitCode = await command.ended();
  return { exitCode, output: command.stdout() + command.stderr() };
}

describe("a port that is taken ends with 1 and one line", () => {
  test.each([
    { setting: "PORT", stores: "without stores" },
    { setting: "ADMIN_PORT", stores: "beside stores" },
  ])(
    "a taken port ends the start with 1 and one line that names $setting, $stores",
    async ({ setting, stores }) => {
      await using database = await createTestDatabase();
      await using folder = await createScratchFolder();
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const { port } = taken.address() as AddressInfo;
      const run = await ended([], {
        PORT: "0",
        ADMIN_PORT: "0",
        [setting]: String(port),
        ...(stores === "without stores"
          ? { DATA_DIR: folder.at("data") }
          : { DATABASE_URL: database.url, REDIS_URL: createTestRedis().url, ENCRYPTION_KEY }),
      });
      expect(run).toEqual({
        exitCode: 1,
        output: `countersign: ${setting} ${port} is taken; set another, or 0 (EADDRINUSE on 127.0.0.1)\n`,
      });
      taken.close();
    },
  );
});

test("migrate as a role that may not says which role, and which variable names another", async () => {
  await using database = await createTestDatabase();
  // As Postgres makes a new database.
  await database.sql.unsafe(
    "drop schema public cascade; create schema public; grant usage on schema public to public",
  );
  await using role = await createRole(database);
  const url = role.urlOf(database.url);
  const asServer = await ended(["migrate"], { DATABASE_URL: url });
  const asOwner = await ended(["migrate"], { DATABASE_URL: database.url, MIGRATE_DATABASE_URL: url });
  const said = `countersign: ${role.name} may not change the schema (permission denied for schema public).`;
  expect(asServer).toEqual({
    exitCode: 1,
    output: `${said} Migrate as the owner of the database: set MIGRATE_DATABASE_URL.\n`,
  });
  expect(asOwner).toEqual({
    exitCode: 1,
    output: `${said} MIGRATE_DATABASE_URL must name the owner of the database.\n`,
  });
});

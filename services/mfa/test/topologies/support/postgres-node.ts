import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import postgres, { type Sql } from "postgres";
import { makeDataFolder, unprivilegedUser } from "../../support/backing/data-folder.js";
import { startOnFreePort } from "../../support/backing/free-port.js";
import {
  answersQueries,
  POSTGRES_SETTINGS,
  startOnData,
  startPostgres,
} from "../../support/backing/postgres.js";
import { localProgram } from "../../support/backing/programs.js";
import { until } from "../../support/until.js";

/** One Postgres of several. Disposing of it is its crash. */
export interface PostgresNode extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly sql: Sql;
}

/** With an empty database named postgres, and nobody copying it. `settings` as `name=value`. */
export async function startPrimary(settings: readonly string[] = []): Promise<PostgresNode> {
  const { url, server } = await startPostgres(
    { kind: "local", path: await localProgram("postgres") },
    settings,
  );
  return node(url, server);
}

/** A copy of `primary`, which from now on commits nothing that the copy does not have. */
export async function startSynchronousStandby(primary: PostgresNode): Promise<PostgresNode> {
  const bin = await localProgram("postgres");
  const { port, server } = await startOnFreePort({
    async start(free) {
      const user = unprivilegedUser();
      const folder = makeDataFolder("standby", user);
      const from = ["-h", "127.0.0.1", "-p", String(primary.port), "-U", "postgres"];
      const copy = ["-D", join(folder, "data"), "-R", "-X", "stream", "--checkpoint=fast", "--no-sync"];
      await promisify(execFile)(join(bin, "pg_basebackup"), [...from, ...copy], { cwd: folder, ...user });
      const settings = POSTGRES_SETTINGS.flatMap((setting) => ["-c", setting]);
      return startOnData(bin, { folder, port: free, settings, user });
    },
    answers: (free) => answersQueries(urlOf(free)),
  });
  await primary.sql`alter system set synchronous_standby_names = '*'`;
  await primary.sql`select pg_reload_conf()`;
  await until(async () => {
    const copies = await primary.sql`select from pg_stat_replication where sync_state = 'sync'`;
    return copies.length === 1;
  });
  return node(urlOf(port), server);
}

const urlOf = (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`;

function node(url: string, server: AsyncDisposable): PostgresNode {
  const sql = postgres(url, { max: 2, onnotice: () => undefined });
  return {
    port: Number(new URL(url).port),
    url,
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 0 });
      await server[Symbol.asyncDispose]();
    },
  };
}

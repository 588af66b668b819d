import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { storeUnavailable } from "../../domain/errors.js";
import type { Tracer } from "../../telemetry/tracer.js";
import type { Database, Orm } from "./database.js";
import { asStoreError, isElsewhere } from "./fault.js";
import { createNaming, type Naming, nameStatements, type PreparedStatements } from "./named-statements.js";
import { type PostgresAddress, type PostgresServer, postgresServers } from "./postgres-address.js";
import { traceStatements } from "./traced-statements.js";

export interface PostgresOptions extends PostgresAddress {
  readonly maxConnections: number;
  /** Longest a piece of work may take, in milliseconds. */
  readonly timeLimitMs: number;
  /** Whether connections keep statements under a name, which saves a round trip and planning. Default "auto". */
  readonly preparedStatements?: PreparedStatements;
  /** Called once, when "auto" stops naming statements because a pooler loses them. Must not throw. */
  readonly onStatementsLost?: () => void;
  /** Shows the statements of calls. */
  readonly tracer?: Tracer | undefined;
}

/** How long a pool is used at least before calls that found no primary there make way for another: each costs a handshake. */
const SHORTEST_STAY_MS = 100;

/**
 * A pool of connections to the primary. Nothing connects before the first use. Of several servers one is used until it turns out to be gone
 * or no primary; then the next. No work is done twice for that: whatever failed is the caller's to repeat.
 */
export function openPostgres(options: PostgresOptions): Database {
  const servers = postgresServers(options);
  let [at, since] = [0, performance.now()];
  const naming = createNaming(options);
  let pool = connect(servers[0], options, naming);
  let orm: Orm = drizzle(pool);

  /** Work under way on the pool that is left gets `graceMs` to end. */
  function moveOn(left: postgres.Sql, graceMs: number): void {
    if (pool !== left) return;
    at = (at + 1) % servers.length;
    since = performance.now();
    pool = connect(servers[at] ?? servers[0], options, naming);
    orm = drizzle(pool);
    void left.end({ timeout: graceMs / 1_000 }).catch(() => undefined);
  }

  return {
    async run(work) {
      const [mine, current] = [pool, orm];
      try {
        // A connection that hangs (no reset, no answer) never comes back by itself.
        return await within(options.timeLimitMs, () => moveOn(mine, 0), work(current));
      } catch (error) {
        if (isElsewhere(error) && performance.now() - since > SHORTEST_STAY_MS)
          moveOn(mine, options.timeLimitMs);
        throw asStoreError(error);
      }
    },
    [Symbol.asyncDispose]: () => pool.end({ timeout: 5 }),
  };
}

/** The driver's own doubles up to 20 s. */
const backoff = (attempts: number) => Math.min(0.05 * attempts, 0.5);

function connect(server: PostgresServer, options: PostgresOptions, naming: Naming): postgres.Sql {
  const pool = postgres({
    ...driverOptions(server),
    // What the driver calls read-write lets a hot standby pass.
    target_session_attrs: "primary",
    max: options.maxConnections,
    connect_timeout: Math.ceil(options.timeLimitMs / 1000),
    idle_timeout: 300,
    backoff,
    // Which statements are named is said with each of them.
    prepare: true,
    // No statement of ours has an array as a parameter or column: a new connection need not ask for the array types.
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: "countersign" },
  });
  nameStatements(pool, naming);
  if (options.tracer !== undefined) traceStatements(pool, options.tracer, server);
  return pool;
}

/**
 * Options that the driver's types do not know. One statement at a time on each connection: PgBouncer gives a server connection back after a
 * statement's answer, though the description of one sent behind it is still to come. Host and port are arrays, as the driver cuts a plain host
 * at the colons of IPv6.
 */
function driverOptions({ host, port, database, username, password, tls }: PostgresServer): object {
  const named = {
    ...(database && { database }),
    ...(username && { username }),
    ...(password && { password }),
  };
  return { host: [host], port: [port], ssl: tls, max_pipeline: 0, ...named };
}

async function within<T>(limitMs: number, onTimeout: () => void, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onTimeout();
      reject(storeUnavailable("postgres", new Error(`no answer within ${limitMs} ms`)));
    }, limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

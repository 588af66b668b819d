import postgres from "postgres";
import type { Tracer } from "../../telemetry/tracer.js";
import type { Database } from "./database.js";
import { isOneParameter } from "./one-parameter.js";
import { PooledDatabase } from "./pooled-database.js";
import { type PostgresAddress, type PostgresServer, postgresServers } from "./postgres-address.js";
import { traceStatements } from "./traced-statements.js";

export interface PostgresOptions extends PostgresAddress {
  readonly maxConnections: number;
  /** Longest a piece of work may take, in milliseconds. */
  readonly timeLimitMs: number;
  /**
   * Whether connections keep statements under a name, which saves a round trip and planning. Not through a pooler in transaction mode, unless it
   * keeps track of them (PgBouncer from 1.21 on): elsewhere they hang.
   */
  readonly preparedStatements?: boolean;
  /** Shows the statements of calls. */
  readonly tracer?: Tracer | undefined;
}

export interface PostgresDatabase extends Database {
  /** Has new connections use these credentials and authorities; the servers must be the same. No work fails for it. */
  renewAccess(address: PostgresAddress): void;
}

/**
 * Connections to the primary. Nothing connects before the first use. Of several servers one is used until it turns out to be gone
 * or no primary; then the next. No work is done twice for that: whatever failed is the caller's to repeat. Work that passes the time limit
 * loses its own connection alone.
 */
export function openPostgres(options: PostgresOptions): PostgresDatabase {
  const connectTo = (server: PostgresServer) => connect(server, options);
  const pool = new PooledDatabase(postgresServers(options), { ...options, connect: connectTo });
  return {
    run: (work) => pool.run(work),
    renewAccess: (address) => pool.renewAccess(postgresServers(address)),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/** The driver's own doubles up to 20 s. */
const backoff = (attempts: number) => Math.min(0.05 * attempts, 0.5);

function connect(server: PostgresServer, options: PostgresOptions): postgres.Sql {
  const prepare = options.preparedStatements ?? false;
  const pool = postgres({
    ...driverOptions(server),
    // What the driver calls read-write lets a hot standby pass.
    target_session_attrs: "primary",
    max: 1,
    connect_timeout: Math.ceil(options.timeLimitMs / 1000),
    backoff,
    prepare,
    onnotice: () => undefined,
    connection: { application_name: "countersign" },
  });
  if (prepare) nameStatements(pool);
  if (options.tracer !== undefined) traceStatements(pool, options.tracer, server);
  return pool;
}

/** Host and port as arrays, which the driver takes, though its types say otherwise: a plain host is cut at the colons of IPv6. */
function driverOptions({ host, port, database, username, password, tls }: PostgresServer): object {
  const named = {
    ...(database && { database }),
    ...(username && { username }),
    ...(password && { password }),
  };
  return { host: [host], port: [port], ssl: tls, ...named };
}

/**
 * Drizzle sends each statement by `unsafe`, and asks for no name. Those of logins get one; of the others there can be as many as there are
 * numbers of values. Within transactions none is named.
 */
function nameStatements(pool: postgres.Sql): void {
  const unsafe = pool.unsafe.bind(pool);
  pool.unsafe = (text, parameters, options) =>
    unsafe(text, parameters, { ...options, prepare: isOneParameter(text) });
}

import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { storeUnavailable } from "../../domain/errors.js";
import type { Tracer } from "../../telemetry/tracer.js";
import { ConnectionPool } from "./connection-pool.js";
import type { Database, Orm } from "./database.js";
import { asStoreError, isElsewhere } from "./fault.js";
import { isOneParameter } from "./one-parameter.js";
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

/** How long a server is used at least before calls that found no primary there make way for another: each costs a handshake. */
const SHORTEST_STAY_MS = 100;
const IDLE_MS = 300_000;
/** What a connection that is no longer wanted has to say goodbye. */
const GRACE_SECONDS = 5;

interface Connection {
  readonly sql: postgres.Sql;
  readonly orm: Orm;
}

/**
 * Connections to the primary. Nothing connects before the first use. Of several servers one is used until it turns out to be gone
 * or no primary; then the next. No work is done twice for that: whatever failed is the caller's to repeat. Work that passes the time limit
 * loses its own connection alone.
 */
export function openPostgres(options: PostgresOptions): Database {
  const servers = postgresServers(options);
  let [at, since, answeredAt] = [0, performance.now(), 0];
  const pool = new ConnectionPool<Connection>({
    max: options.maxConnections,
    idleMs: IDLE_MS,
    open() {
      const sql = connect(servers[at] ?? servers[0], options);
      return { sql, orm: drizzle(sql) };
    },
    end: ({ sql }, how) => sql.end({ timeout: how === "at once" ? 0 : GRACE_SECONDS }).catch(() => undefined),
  });

  /** Unless somebody else has left the server meanwhile. Work under way there goes on until its own end. */
  function leaveServer(left: number): void {
    if (since !== left) return;
    at = (at + 1) % servers.length;
    since = performance.now();
    pool.renew();
  }

  /** Nothing comes back by itself of a connection that hangs (no reset, no answer), and those that wait may hang too. */
  function giveUp(connection: Connection, { started, server }: { started: number; server: number }): void {
    pool.discard(connection);
    pool.dropIdle();
    // Not one answer in all that time, to anybody: it is the server that is gone.
    if (answeredAt < started) leaveServer(server);
  }

  return {
    async run(work) {
      const [started, server] = [performance.now(), since];
      const connection = await takeFrom(pool, options.timeLimitMs);
      let hangs = false;
      try {
        const left = started + options.timeLimitMs - performance.now();
        const done = await within(left, () => (hangs = true), work(connection.orm));
        answeredAt = performance.now();
        return done;
      } catch (error) {
        if (hangs) giveUp(connection, { started, server });
        else if (!isElsewhere(error)) answeredAt = performance.now();
        else if (performance.now() - server > SHORTEST_STAY_MS) leaveServer(server);
        throw asStoreError(error);
      } finally {
        if (!hangs) pool.give(connection);
      }
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

async function takeFrom(pool: ConnectionPool<Connection>, limitMs: number): Promise<Connection> {
  try {
    return await pool.take(limitMs);
  } catch (error) {
    throw storeUnavailable("postgres", error);
  }
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

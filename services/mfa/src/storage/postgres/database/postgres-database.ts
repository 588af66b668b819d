import type { Tracer } from "@countersign/telemetry-ports";
import postgres from "postgres";
import { createNaming, type Naming, nameStatements, type PreparedStatements } from "./named-statements.js";
import { PooledDatabase, type WorkObserver } from "./pooled-database.js";
import type { PostgresAddress, PostgresServer } from "./postgres-address.js";
import { traceStatements } from "./traced-statements.js";

export interface PostgresOptions extends PostgresAddress {
  readonly maxConnections: number;
  /** Time limit of a piece of work, in milliseconds. */
  readonly timeLimitMs: number;
  /** Whether connections prepare statements under a name, which saves a round trip and planning. Default "auto". */
  readonly preparedStatements?: PreparedStatements;
  /** Called once, if "auto" stops naming statements because a pooler loses them. Must not throw. */
  readonly onStatementsLost?: () => void;
  /** Called with the result of each piece of work. */
  readonly observer?: WorkObserver;
  /** Traces the statements of calls. */
  readonly tracer?: Tracer | undefined;
}

/**
 * Connections to the primary, opened at the first use. Of several servers, one is used until it is gone or no primary; then the next. No work is
 * repeated: the caller must repeat what failed. Work that exceeds the time limit loses only its own connection.
 */
export function openPostgres(options: PostgresOptions): PooledDatabase {
  const naming = createNaming(options);
  return new PooledDatabase(options, { ...options, connect: (server) => connect(server, options, naming) });
}

/** The driver's own doubles up to 20 s. */
const backoff = (attempts: number) => Math.min(0.05 * attempts, 0.5);

function connect(server: PostgresServer, options: PostgresOptions, naming: Naming): postgres.Sql {
  const pool = postgres({
    ...driverOptions(server),
    // The driver's read-write check accepts a hot standby.
    target_session_attrs: "primary",
    max: 1,
    connect_timeout: Math.ceil(options.timeLimitMs / 1000),
    backoff,
    // Each statement says whether it is named.
    prepare: true,
    // No statement has an array as a parameter or column, so a new connection need not fetch the array types.
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

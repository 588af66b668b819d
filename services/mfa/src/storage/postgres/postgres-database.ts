import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { storeUnavailable } from "../../domain/errors.js";
import type { Database, Orm } from "./database.js";
import { asStoreError } from "./fault.js";

export interface PostgresOptions {
  readonly url: string;
  readonly maxConnections: number;
  /** Longest a piece of work may take, in milliseconds. */
  readonly timeLimitMs: number;
  /**
   * Whether connections keep statements under a name, which saves a round trip and planning. Not through a pooler in transaction mode, unless it
   * keeps track of them (PgBouncer from 1.21 on): elsewhere they hang.
   */
  readonly preparedStatements?: boolean;
}

/** A pool of connections. Nothing connects before the first use. */
export function openPostgres(options: PostgresOptions): Database {
  let pool = connect(options);
  let orm: Orm = drizzle(pool);

  /** A connection that hangs (no reset, no answer) never comes back by itself: the whole pool is replaced. */
  function replacePool(hung: postgres.Sql): void {
    if (pool !== hung) return;
    pool = connect(options);
    orm = drizzle(pool);
    void hung.end({ timeout: 0 }).catch(() => undefined);
  }

  return {
    async run(work) {
      const [mine, current] = [pool, orm];
      try {
        return await within(options.timeLimitMs, () => replacePool(mine), work(current));
      } catch (error) {
        throw asStoreError(error);
      }
    },
    [Symbol.asyncDispose]: () => pool.end({ timeout: 5 }),
  };
}

function connect(options: PostgresOptions): postgres.Sql {
  const prepare = options.preparedStatements ?? false;
  const pool = postgres(options.url, {
    max: options.maxConnections,
    connect_timeout: Math.ceil(options.timeLimitMs / 1000),
    idle_timeout: 300,
    prepare,
    onnotice: () => undefined,
    connection: { application_name: "countersign" },
  });
  if (prepare) nameStatements(pool);
  return pool;
}

/** Drizzle sends each statement by `unsafe`, which names none unless it is told to. Within transactions it names none. */
function nameStatements(pool: postgres.Sql): void {
  const unsafe = pool.unsafe.bind(pool);
  pool.unsafe = (text, parameters, options) => unsafe(text, parameters, { prepare: true, ...options });
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

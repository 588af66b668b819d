import { isDeepStrictEqual } from "node:util";
import { drizzle } from "drizzle-orm/postgres-js";
import type postgres from "postgres";
import { storeUnavailable } from "../../../domain/errors.js";
import { ConnectionPool } from "./connection-pool.js";
import type { Database, Orm } from "./database.js";
import { asStoreError, isElsewhere, isRefusedAccess } from "./fault.js";
import { type PostgresAddress, type PostgresServer, postgresServers } from "./postgres-address.js";

/** The least time a server is used before calls that found no primary there cause a switch: each switch costs a handshake. */
const SHORTEST_STAY_MS = 100;
const IDLE_MS = 300_000;
/** Time for a connection that is no longer needed to close cleanly. */
const GRACE_SECONDS = 5;

/** Always the same servers, with credentials and authorities that may change. */
type Access = readonly [PostgresServer, ...PostgresServer[]];

interface PooledDatabaseOptions {
  readonly maxConnections: number;
  readonly timeLimitMs: number;
  /** A driver with one connection. */
  readonly connect: (server: PostgresServer) => postgres.Sql;
  readonly observer?: WorkObserver;
}

/** Called with the result of each piece of work. Must not throw. */
export interface WorkObserver {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

interface Connection {
  readonly sql: postgres.Sql;
  readonly orm: Orm;
  readonly access: Access;
  /** True until something was answered on it. */
  fresh: boolean;
}

/** None of the work was run: the server refused the connection. */
class RefusedAccess extends Error {
  constructor(
    readonly access: Access,
    cause: unknown,
  ) {
    super("Postgres refused the connection", { cause });
  }
}

/** How busy a pool of connections is. */
export interface PoolLoad {
  readonly max: number;
  readonly inUse: number;
  /** Pieces of work waiting for a connection. */
  readonly waiting: number;
}

/** See `openPostgres`. */
export class PooledDatabase implements Database {
  readonly #options: PooledDatabaseOptions;
  readonly #pool: ConnectionPool<Connection>;
  /** The most recent one. */
  #given: Access;
  #access: Access;
  /** Used instead while the server refuses the most recent one. */
  #otherAccess: Access | undefined;
  #server = 0;
  #since = performance.now();
  #answeredAt = 0;
  #underWay = 0;

  constructor(address: PostgresAddress, options: PooledDatabaseOptions) {
    this.#given = postgresServers(address);
    this.#access = this.#given;
    this.#options = options;
    this.#pool = new ConnectionPool<Connection>({
      max: options.maxConnections,
      idleMs: IDLE_MS,
      open: () => this.#open(),
      end: ({ sql }, how) =>
        sql.end({ timeout: how === "immediately" ? 0 : GRACE_SECONDS }).catch(() => undefined),
    });
  }

  async run<T>(work: (orm: Orm) => Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      const done = await this.#runAnywhere(work);
      this.#options.observer?.done();
      return done;
    } catch (error) {
      this.#options.observer?.failed(error);
      throw error;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Each piece of work uses one connection; work beyond the size of the pool waits. */
  get load(): PoolLoad {
    const { maxConnections: max } = this.#options;
    return { max, inUse: Math.min(this.#underWay, max), waiting: Math.max(0, this.#underWay - max) };
  }

  async #runAnywhere<T>(work: (orm: Orm) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(work);
    } catch (error) {
      if (!(error instanceof RefusedAccess) || !this.#tryOtherAccess(error.access)) throw asStoreError(error);
      return await this.#attempt(work).catch((again: unknown) => {
        throw asStoreError(again);
      });
    }
  }

  /**
   * Uses these credentials and authorities for new connections, or the previous ones while the server refuses them, so that it does not matter
   * whether the server or this side changes first. The same ones again change nothing: the previous ones are kept. The servers must be the same. No
   * work fails because of it.
   */
  renewAccess(address: PostgresAddress): void {
    const access = postgresServers(address);
    if (isDeepStrictEqual(access, this.#given)) return;
    this.#given = access;
    this.#otherAccess = this.#access;
    this.#access = access;
    this.#pool.renew();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }

  #open(): Connection {
    const access = this.#access;
    const sql = this.#options.connect(access[this.#server % access.length] ?? access[0]);
    return { sql, orm: drizzle(sql), access, fresh: true };
  }

  async #attempt<T>(work: (orm: Orm) => Promise<T>): Promise<T> {
    const { timeLimitMs } = this.#options;
    const begun = { at: performance.now(), since: this.#since };
    const connection = await this.#take();
    const seen = { hangs: false, refused: false };
    try {
      const left = begun.at + timeLimitMs - performance.now();
      const done = await within(left, () => (seen.hangs = true), work(connection.orm));
      this.#answeredAt = performance.now();
      connection.fresh = false;
      return done;
    } catch (error) {
      seen.refused = connection.fresh && isRefusedAccess(error);
      if (!seen.hangs) this.#judge(error, begun.since);
      throw seen.refused ? new RefusedAccess(connection.access, error) : error;
    } finally {
      if (seen.hangs || seen.refused) this.#pool.discard(connection);
      else this.#pool.give(connection);
      if (seen.hangs) this.#doubt(begun);
    }
  }

  async #take(): Promise<Connection> {
    try {
      return await this.#pool.take(this.#options.timeLimitMs);
    } catch (error) {
      throw storeUnavailable("postgres", error);
    }
  }

  #judge(error: unknown, since: number): void {
    if (!isElsewhere(error)) this.#answeredAt = performance.now();
    else if (performance.now() - since > SHORTEST_STAY_MS) this.#leaveServer(since);
  }

  /** If one connection hangs (no reset, no answer), idle ones may hang too: the network may have lost them all. */
  #doubt(begun: { readonly at: number; readonly since: number }): void {
    this.#pool.dropIdle();
    // No answer in all that time, on any connection: the server is gone.
    if (this.#answeredAt < begun.at) this.#leaveServer(begun.since);
  }

  /** Unless other work has switched already. Work under way there continues to its own end. */
  #leaveServer(since: number): void {
    if (this.#since !== since) return;
    this.#server = (this.#server + 1) % this.#access.length;
    this.#since = performance.now();
    this.#pool.renew();
  }

  /** Whether there are other credentials than the refused ones. */
  #tryOtherAccess(refused: Access): boolean {
    if (this.#otherAccess === undefined) return false;
    if (this.#access === refused) [this.#access, this.#otherAccess] = [this.#otherAccess, refused];
    return true;
  }
}

async function within<T>(limitMs: number, onTimeout: () => void, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onTimeout();
      reject(storeUnavailable("postgres", new Error("no answer within the time limit")));
    }, limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether work may reach a database. Initially closed. */
export interface Gate {
  open(): void;
  close(why: string): void;
  /** Undefined while it is open. */
  readonly whyClosed: () => string | undefined;
}

export function createGate(): Gate {
  let why: string | undefined = "the stores were not found ready yet";
  return {
    open() {
      why = undefined;
    },
    close(reason) {
      why = reason;
    },
    whyClosed: () => why,
  };
}

/**
 * Refuses work while the gate is closed: on an unchecked schema a spent code could look unused, and under another key ring no secret can be
 * decrypted.
 */
export function gatedDatabase(database: Database, gate: Pick<Gate, "whyClosed">): Database {
  return {
    run(work) {
      const why = gate.whyClosed();
      return why === undefined
        ? database.run(work)
        : Promise.reject(storeUnavailable("postgres", new Error(why)));
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

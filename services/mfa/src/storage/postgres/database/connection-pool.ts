/** How a pool opens and closes connections. Neither may throw. */
export interface PoolOptions<Connection> {
  readonly max: number;
  /** Connections that were not used for this long are closed. */
  readonly idleMs: number;
  readonly open: () => Connection;
  /** `immediately` aborts the work under way on it. */
  readonly end: (connection: Connection, how: "immediately" | "when done") => Promise<void>;
}

/** No connection came free within the time limit. */
class PoolExhaustedError extends Error {
  override readonly name = "PoolExhaustedError";
}

/**
 * Gives each piece of work its own connection, so that one which hangs can be closed without harm to others. The one used last is reused first, so
 * that an idle process keeps few.
 */
export class ConnectionPool<Connection> implements AsyncDisposable {
  readonly #options: PoolOptions<Connection>;
  /** Connections that may be reused; at most `max`. */
  readonly #current = new Set<Connection>();
  #idle: { readonly connection: Connection; readonly since: number }[] = [];
  readonly #waiting = new Set<(connection: Connection) => void>();
  readonly #ending = new Set<Promise<void>>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: PoolOptions<Connection>) {
    this.#options = options;
    this.#sweep = setInterval(() => this.#endUnused(), options.idleMs / 4).unref();
  }

  /** Must be followed by `give` or `discard`. Rejects with PoolExhaustedError. */
  take(limitMs: number): Connection | Promise<Connection> {
    return this.#idle.pop()?.connection ?? this.#openAnother() ?? this.#wait(limitMs);
  }

  give(connection: Connection): void {
    const [next] = this.#waiting;
    if (!this.#current.has(connection)) this.#end(connection, "when done");
    else if (next === undefined) this.#idle.push({ connection, since: performance.now() });
    else next(connection);
  }

  /** Closes one that is in use, with the work on it. */
  discard(connection: Connection): void {
    this.#current.delete(connection);
    this.#end(connection, "immediately");
    this.#serveWaiting();
  }

  /** Closes those that are not in use. */
  dropIdle(): void {
    for (const { connection } of this.#idle.splice(0)) this.#retire(connection);
  }

  /**
   * From now on every piece of work gets a connection opened after this call. Those in use are closed once they are returned, and no longer count.
   */
  renew(): void {
    this.dropIdle();
    this.#current.clear();
    this.#serveWaiting();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweep);
    this.#idle = [];
    for (const connection of this.#current) this.#end(connection, "when done");
    this.#current.clear();
    await Promise.all(this.#ending);
  }

  #openAnother(): Connection | undefined {
    if (this.#current.size >= this.#options.max) return undefined;
    const connection = this.#options.open();
    this.#current.add(connection);
    return connection;
  }

  #wait(limitMs: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const served = (connection: Connection) => {
        clearTimeout(timer);
        this.#waiting.delete(served);
        resolve(connection);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(served);
        reject(new PoolExhaustedError(`no connection came free within ${limitMs} ms`));
      }, limitMs);
      this.#waiting.add(served);
    });
  }

  #serveWaiting(): void {
    for (const next of this.#waiting) {
      const connection = this.#openAnother();
      if (connection === undefined) return;
      next(connection);
    }
  }

  #endUnused(): void {
    const before = performance.now() - this.#options.idleMs;
    const unused = this.#idle.filter(({ since }) => since < before);
    this.#idle = this.#idle.filter(({ since }) => since >= before);
    for (const { connection } of unused) this.#retire(connection);
  }

  #retire(connection: Connection): void {
    this.#current.delete(connection);
    this.#end(connection, "when done");
  }

  #end(connection: Connection, how: "immediately" | "when done"): void {
    const ending = this.#options.end(connection, how).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

/** For metrics. Answers from what is known and at once, except where it says otherwise. */
export interface StoreVitals {
  /** Undefined for an embedded store. */
  pool(): PoolLoad | undefined;
  /** Whether it does its work, and takes writes. Undefined until something was asked. */
  postgresUp(): boolean | undefined;
  /** Why it does not, to be read after its name. */
  whyPostgres(): string | undefined;
  /** Has `postgresUp` tell of now. Never rejects. */
  askPostgres(): Promise<void>;
  redisUp(): boolean | undefined;
  whyRedis(): string | undefined;
  /** Has `redisUp` tell of now, by a write. Never rejects. */
  askRedis(): Promise<void>;
  /** Seconds that this host's clock is ahead of the store's. Asks it, for half a second at the most; undefined without an answer. */
  postgresClockSkew(): Promise<number | undefined>;
  redisClockSkew(): Promise<number | undefined>;
}

/** How busy the pool of connections to Postgres is. */
interface PoolLoad {
  readonly max: number;
  readonly inUse: number;
  /** Pieces of work that wait for a connection. */
  readonly waiting: number;
}

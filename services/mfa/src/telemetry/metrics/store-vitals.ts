/** For metrics. Answers immediately from known state, except where stated otherwise. */
export interface StoreVitals {
  /** Undefined for an embedded store. */
  pool(): PoolLoad | undefined;
  /** Whether it works and accepts writes. Undefined before the first request. */
  postgresUp(): boolean | undefined;
  /** Why it does not; follows its name. */
  whyPostgres(): string | undefined;
  /** Updates `postgresUp`. Never rejects. */
  askPostgres(): Promise<void>;
  redisUp(): boolean | undefined;
  whyRedis(): string | undefined;
  /** Updates `redisUp` by a write. Never rejects. */
  askRedis(): Promise<void>;
  /** Seconds that this host's clock is ahead of the store's. Queries it for at most half a second; undefined without an answer. */
  postgresClockSkew(): Promise<number | undefined>;
  redisClockSkew(): Promise<number | undefined>;
}

/** How busy the pool of connections to Postgres is. */
interface PoolLoad {
  readonly max: number;
  readonly inUse: number;
  /** Pieces of work waiting for a connection. */
  readonly waiting: number;
}

import { once } from "node:events";
import { Cluster, Redis } from "ioredis";
import { MfaError, storeUnavailable } from "../../../domain/errors.js";
import { type RedisAddress, type RedisTarget, redisTarget } from "./redis-address.js";
import { evictionProblem, requireNoEviction } from "./server-settings.js";

/** One server, by its address or through Sentinels; or a cluster. */
export type RedisClient = Redis | Cluster;

export interface RedisOptions extends RedisAddress {
  /** Time limit of one command, in milliseconds. */
  readonly timeLimitMs: number;
  readonly onError: (error: Error) => void;
}

/** A connection that fails immediately while Redis is unavailable: a queue of attempts that are charged later would let guesses through. */
export function openRedis(options: RedisOptions): RedisClient {
  const target = redisTarget(options);
  const redis = target.topology === "cluster" ? openCluster(target, options) : openServer(target, options);
  redis.on("error", options.onError);
  redis.connect().catch(options.onError);
  return redis;
}

const retryStrategy = (attempt: number) => Math.min(50 * attempt, 1_000);

function openServer(
  target: Exclude<RedisTarget, { topology: "cluster" }>,
  { timeLimitMs }: RedisOptions,
): Redis {
  const shared = {
    ...driverOptions(target, timeLimitMs),
    db: target.database,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy,
    // A master that became a replica: the current master is looked up again.
    reconnectOnError: (error: Error) => /^(?:READONLY|LOADING|MASTERDOWN)/.test(error.message),
  };
  if (target.topology === "single") return shareWrites(new Redis({ ...shared, ...target.server }));
  const { sentinels, group, sentinelUsername, sentinelPassword, tls } = target;
  const redis = new Redis({
    ...shared,
    sentinels: [...sentinels],
    name: group,
    sentinelUsername,
    sentinelPassword,
    sentinelTLS: tls,
    enableTLSForSentinelMode: tls !== undefined,
    sentinelCommandTimeout: timeLimitMs,
    sentinelRetryStrategy: retryStrategy,
  });
  return shareWrites(redis);
}

/** How often the slots of the cluster are fetched, besides after every redirection. */
const SLOTS_REFRESH_MS = 2_000;

/**
 * A command that a node may have run is never sent again: a guess would be charged twice, a right code found spent. So only redirections are
 * followed; the caller must repeat anything else that fails.
 */
function openCluster(
  target: Extract<RedisTarget, { topology: "cluster" }>,
  { timeLimitMs }: RedisOptions,
): Cluster {
  const cluster = new Cluster([...target.nodes], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    slotsRefreshTimeout: timeLimitMs,
    // Each connection resolves the name, and certificates are checked against it.
    dnsLookup: (host, done) => done(null, host),
    redisOptions: driverOptions(target, timeLimitMs),
  });
  cluster.on("ready", () => connectMasters(cluster));
  cluster.on("+node", (node: Redis) => {
    shareWrites(node);
    setImmediate(() => connectMasters(cluster));
  });
  return cluster;
}

/**
 * Connects immediately instead of with the first command, because further commands would find the connection not ready. But not before the cluster
 * client is ready, because its own first command would fail in the same way.
 */
function connectMasters(cluster: Cluster): void {
  if (cluster.status !== "ready") return;
  for (const node of cluster.nodes("master")) {
    if (node.status === "wait") node.connect().catch(() => undefined);
  }
}

function driverOptions({ username, password, tls }: RedisTarget, timeLimitMs: number) {
  return {
    username,
    password,
    tls,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: timeLimitMs,
    commandTimeout: timeLimitMs,
    // A peer that is silent with commands under way is considered dead: the connection is reopened.
    socketTimeout: timeLimitMs * 2,
  };
}

/** Resolves if every master of Redis answers and does not evict keys; rejects if one does not within the time limit. */
export async function redisReady(redis: RedisClient, timeLimitMs: number): Promise<void> {
  if (redis.status !== "ready") await once(redis, "ready", { signal: AbortSignal.timeout(timeLimitMs) });
  if (redis instanceof Cluster)
    await Promise.all(redis.nodes("master").map((node) => requireNoEviction(node, "cluster")));
  else await requireNoEviction(redis, "one address");
}

/**
 * Why Redis must not count guesses any more, or undefined: it may have been reconfigured, and another server may be the master now. Rejects if no
 * master answers, which proves nothing.
 */
export async function whyUnfit(redis: RedisClient): Promise<string | undefined> {
  return (await masterInfos(redis)).map(evictionProblem).find((problem) => problem !== undefined);
}

/** INFO of every master that answers. Rejects if none does. */
export async function masterInfos(redis: RedisClient): Promise<readonly string[]> {
  const masters = redis instanceof Cluster ? redis.nodes("master") : [redis];
  const answers = await Promise.allSettled(masters.map((master) => master.info()));
  const infos = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  if (infos.length === 0) throw new Error("no master of Redis answers");
  return infos;
}

/** After any fault of Redis nothing may be approved. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MfaError) throw error;
    throw storeUnavailable("redis", error);
  }
}

/**
 * Commands of one turn of the event loop go to the socket in one write: those of calls that arrived together, or that follow one answer of Postgres.
 * Each is still a separate command, with its own answer and its own time limit.
 */
function shareWrites(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis);
  let held: Redis["stream"] | undefined;

  function release(): void {
    held?.uncork();
    held = undefined;
  }

  redis.sendCommand = (command, stream) => {
    // Undefined until the first connection.
    const socket = redis.stream as Redis["stream"] | undefined;
    if (held === undefined && socket !== undefined) {
      held = socket;
      socket.cork();
      setImmediate(release);
    }
    return send(command, stream);
  };
  return redis;
}

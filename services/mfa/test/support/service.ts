import { randomBytes } from "node:crypto";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { Overrides } from "../../src/compose/overrides.js";
import type { ServiceConfig } from "../../src/config/service-config.js";
import { NOTICE_KINDS } from "../../src/domain/delivery/notice.js";
import { type RunningServer, startServer } from "../../src/server.js";
import { createLogger } from "../../src/telemetry/log/logger.js";
import { ChangingSecurity } from "./security.js";
import { createTestDatabase, type TestDatabase } from "./stores/database.js";
import { createTestRedis } from "./stores/redis.js";
import { TestClock } from "./test-clock.js";

export type MfaClient = Client<typeof MfaService>;

/** One running copy of the service. */
export interface Replica {
  readonly url: string;
  readonly client: MfaClient;
  readonly server: RunningServer;
}

export interface TestService extends AsyncDisposable {
  /** The first replica's client. */
  readonly client: MfaClient;
  readonly url: string;
  readonly replicas: readonly Replica[];
  readonly clock: TestClock;
  readonly database: TestDatabase;
  readonly config: ServiceConfig;
  /** Stops every replica and starts as many anew, on the same stores. */
  restart(): Promise<void>;
}

export interface TestServiceOptions {
  readonly replicas?: number;
  readonly overrides?: Overrides;
  readonly config?: Partial<ServiceConfig>;
  /** The Redis to use; default the shared one under a prefix of its own. */
  readonly redisUrl?: string;
  readonly databaseUrl?: (url: string) => Promise<string>;
  /** Stores of the test's own, addressed as configuration does. */
  readonly stores?: Partial<NonNullable<ServiceConfig["stores"]>>;
}

/** A cheap slow hash: what is tested is what surrounds it. */
const LOG_N = 10;

/** Codes stay in the process; a test that reads them hands in its own outbox as `overrides.senders`. */
const OUTBOX_DELIVERY: ServiceConfig["delivery"] = {
  sms: "outbox",
  email: "outbox",
  limits: { tryMs: 4_000, totalMs: 10_000, failuresToOpen: 5, openForMs: 30_000 },
};

const AMPLE = { max: 1_000_000, windowMs: 3_600_000 };

export const HALF_A_MINUTE = { firstMs: 30_000, maxMs: 600_000 };

/** No limit is met by a test that is not about it. */
export const AMPLE_LIMITS: ServiceConfig["sendLimits"] = {
  cooldown: { firstMs: 0, maxMs: 0 },
  user: AMPLE,
  destination: AMPLE,
  userDaily: AMPLE,
  destinationDaily: AMPLE,
  prefix: AMPLE,
  country: AMPLE,
  overall: AMPLE,
  completion: undefined,
};

/** Mailboxes hold codes alone, and the audit log what calls write, in a test that is not about notices. */
export const NO_NOTICES: ServiceConfig["notices"] = {
  kinds: new Set(),
  locale: "en",
  destination: AMPLE,
  overall: AMPLE,
};

export const ALL_NOTICES: ServiceConfig["notices"] = { ...NO_NOTICES, kinds: new Set(NOTICE_KINDS) };

/** The real server on free ports, over a database of its own and Redis, with a clock that stands still until it is moved. */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const database = await createTestDatabase();
  const redis = createTestRedis();
  const clock = new TestClock();
  const config: ServiceConfig = {
    security: new ChangingSecurity(),
    environment: "test",
    host: "127.0.0.1",
    port: 0,
    adminPort: 0,
    admin: { host: "127.0.0.1", allowedHosts: [] },
    connections: { listener: {}, watches: {} },
    tls: undefined,
    callers: undefined,
    stores: {
      database: { url: (await options.databaseUrl?.(database.url)) ?? database.url },
      redis: { url: options.redisUrl ?? redis.url },
      ...options.stores,
    },
    rereadStores: undefined,
    databaseConnections: 10,
    preparedStatements: "auto",
    databaseTimeLimitMs: 20_000,
    jobTimeLimitMs: 20_000,
    redisTimeLimitMs: 10_000,
    redisKeyPrefix: redis.keyPrefix,
    dataDir: undefined,
    encryptionKey: options.config?.keyRingDir === undefined ? randomBytes(32).toString("base64") : undefined,
    keyRingDir: undefined,
    keyReloadIntervalMs: 10_000,
    delivery: OUTBOX_DELIVERY,
    sendLimits: AMPLE_LIMITS,
    notices: NO_NOTICES,
    auditSealIntervalMs: 0,
    clockSkewLimitSeconds: 5,
    geoipDatabase: undefined,
    logLevel: "silent",
    logFormat: "json",
    build: { version: "1.2.3", revision: "abcdef0" },
    testKit: false,
    tracing: undefined,
    reflection: true,
    drainDelayMs: 0,
    shutdownTimeoutMs: 1_000,
    ...options.config,
  };
  const overrides: Overrides = {
    now: clock.now,
    backupCodeLogN: LOG_N,
    log: createLogger(config.logLevel),
    ...options.overrides,
  };
  const start = () =>
    Promise.all(Array.from({ length: options.replicas ?? 1 }, () => startReplica(config, overrides)));
  let replicas = await start();
  const stop = () => Promise.all(replicas.map(({ server }) => server[Symbol.asyncDispose]()));
  return {
    get client() {
      return replicas[0]!.client;
    },
    get url() {
      return replicas[0]!.url;
    },
    get replicas() {
      return replicas;
    },
    clock,
    database,
    config,
    async restart() {
      await stop();
      replicas = await start();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await database[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}

async function startReplica(config: ServiceConfig, overrides: Overrides): Promise<Replica> {
  const server = await startServer(config, overrides);
  const url = `http://127.0.0.1:${server.address.port}`;
  return { url, client: createClient(MfaService, grpc(url)), server };
}

function grpc(baseUrl: string): Transport {
  return createGrpcTransport({ baseUrl });
}

import { randomBytes } from "node:crypto";
import postgres, { type Sql } from "postgres";
import { Closer } from "../../../../src/compose/closer.js";
import { migrate } from "../../../../src/storage/postgres/schema/migrate.js";
import { type FaultProxy, startFaultProxy } from "../../../support/stores/fault-proxy.js";
import { type OwnPostgres, startOwnPostgres } from "../../../support/stores/own-postgres.js";
import { type OwnRedis, startRedis } from "../../../support/stores/redis.js";
import { Inbox } from "./inbox.js";
import { Replica } from "./replica.js";
import { Timeline } from "./timeline.js";

export const MAX_ATTEMPTS = 10;
export const REPLICAS = 2;
const DISK_MB = 128;
/** So that the disk has room, and is full soon. */
const SMALL_LOG = ["max_wal_size=16MB", "min_wal_size=2MB"];

/** What a replica speaks to, each over a proxy of its own. */
export const LINKS = ["postgres", "redis", "sms", "mail"] as const;
export type Link = (typeof LINKS)[number];

/** Two replicas on stores and providers that can be broken, with a proxy on every connection between. */
export interface Stage extends AsyncDisposable {
  readonly postgres: OwnPostgres;
  readonly redis: OwnRedis;
  readonly inbox: Inbox;
  readonly replicas: readonly Replica[];
  /** By replica. */
  readonly proxies: readonly Readonly<Record<Link, FaultProxy>>[];
  /** Where the servers behind the proxies listen. */
  readonly targets: Readonly<Record<Link, number>>;
  readonly timeline: Timeline;
  /** Straight to Postgres, for the books and for faults that are statements. */
  readonly sql: Sql;
}

export async function openStage(): Promise<Stage> {
  const owned = new Closer();
  const close = () => owned[Symbol.asyncDispose]();
  try {
    return { ...(await build(owned)), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(owned: Closer): Promise<Omit<Stage, keyof AsyncDisposable>> {
  const database = owned.own(await startOwnPostgres({ diskMb: DISK_MB, settings: SMALL_LOG }));
  await migrate({ url: database.url });
  const redis = owned.own(await startRedis("--enable-debug-command", "yes", "--dbfilename", "dump.rdb"));
  const inbox = owned.own(new Inbox());
  const { sms, mail } = await inbox.listen();
  const targets: Record<Link, number> = {
    postgres: portOf(database.url),
    redis: portOf(redis.url),
    sms,
    mail,
  };
  const proxies: Record<Link, FaultProxy>[] = [];
  const replicas: Replica[] = [];
  const key = randomBytes(32).toString("base64");
  for (let number = 0; number < REPLICAS; number += 1) {
    const own = {} as Record<Link, FaultProxy>;
    for (const link of LINKS)
      own[link] = owned.own(await startFaultProxy({ host: "127.0.0.1", port: targets[link] }));
    proxies.push(own);
    replicas.push(owned.own(await Replica.start(number, { ...SETTINGS, ...environment(own, key) })));
  }
  const sql = postgres(database.url, { max: 2, onnotice: () => undefined, fetch_types: false });
  owned.own({ [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) });
  return { postgres: database, redis, inbox, replicas, proxies, targets, timeline: new Timeline(), sql };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function environment(own: Readonly<Record<Link, FaultProxy>>, key: string): Record<string, string> {
  return {
    ENCRYPTION_KEY: key,
    DATABASE_URL: `postgres://postgres@127.0.0.1:${own.postgres.port}/postgres`,
    REDIS_URL: `redis://127.0.0.1:${own.redis.port}`,
    SMTP_URL: `smtp://127.0.0.1:${own.mail.port}`,
    TWILIO_BASE_URL: `http://127.0.0.1:${own.sms.port}`,
  };
}

/** Limits on the stores and providers short enough to meet within a fault, and none on how often one may ask. */
const SETTINGS = {
  LOG_LEVEL: "warn",
  DB_TIMEOUT_MS: "1000",
  REDIS_TIMEOUT_MS: "500",
  AUDIT_SEAL_INTERVAL_SECONDS: "5",
  SMTP_FROM: "Acme <no-reply@acme.example>",
  SMTP_TLS: "off",
  TWILIO_ACCOUNT_SID: "AC42",
  TWILIO_AUTH_TOKEN: "0123456789abcdef",
  TWILIO_FROM: "+12015550100",
  DELIVERY_TRY_TIMEOUT_MS: "1000",
  DELIVERY_TIMEOUT_MS: "2000",
  DELIVERY_BREAKER_OPEN_MS: "500",
  MFA_ALLOWED_METHODS: "totp,sms,email",
  // Each is a slow hash at every enrolment.
  MFA_BACKUP_CODES_COUNT: "2",
  MFA_MAX_VERIFICATION_ATTEMPTS: String(MAX_ATTEMPTS),
  RATE_LIMIT_API_REQUESTS_PER_MINUTE: "1000000",
  RATE_LIMIT_LOGIN_ATTEMPTS_PER_MINUTE: "1000",
  SEND_COOLDOWN_SECONDS: "0",
  SEND_COOLDOWN_MAX_SECONDS: "0",
  SEND_LIMIT_USER_HOURLY: "100000",
  SEND_LIMIT_DESTINATION_HOURLY: "100000",
  SEND_LIMIT_PREFIX_HOURLY: "100000",
  SEND_LIMIT_COUNTRY_DAILY: "100000",
  SEND_LIMIT_OVERALL_DAILY: "100000",
  SEND_COMPLETION_MIN_PERCENT: "0",
} as const;

import type { KeyRing } from "@countersign/field-crypto";
import type { Log, Tracer } from "@countersign/telemetry-ports";
import type { StoreAddresses } from "../../config/stores/store-addresses.js";
import type { ChallengeStore } from "../../domain/challenge/challenge-store.js";
import type { RequestLog } from "../../domain/idempotency/request-log.js";
import type { SendCounter } from "../../domain/send-quota/send-counter.js";
import type { SmsConversionCounter } from "../../domain/send-quota/sms-conversion-counter.js";
import type { RateLimiter } from "../../domain/throttle/rate-limiter.js";
import type { AttemptStore } from "../../domain/verification/attempt-store.js";
import type { RedisFitness } from "../../readiness/fitness.js";
import type { Clock } from "../../storage/clocks/store-clocks.js";
import type { Database } from "../../storage/postgres/database/database.js";
import type { Gate } from "../../storage/postgres/database/pooled-database.js";
import type { SchemaState } from "../../storage/postgres/schema/schema-state.js";
import type { StoreVitals } from "../../telemetry/metrics/store-vitals.js";

/** What is kept for a short time: in Redis, or in memory. */
export interface ShortLivedStores {
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
  readonly sends: SendCounter;
  readonly completions: SmsConversionCounter;
  readonly requests: RequestLog;
  readonly rates: RateLimiter;
}

/** Everything that a server keeps. */
export interface Stores extends ShortLivedStores, AsyncDisposable {
  readonly database: Database;
  /** For work that nobody waits for, and for what administrators list. An embedded store is the same one for all. */
  readonly jobs: Database;
  readonly listings: Database;
  /** As `jobs`, also while the gate is closed: to look whether it may be opened. */
  readonly ungated: Database;
  /** Lets all other work through to the database. Closed until the stores are prepared and it is opened. */
  readonly gate: Gate;
  /**
   * Throws unless both stores answer, Redis keeps what it is given and the schema suits this program. Development brings the schema up to date
   * by itself.
   */
  prepare(): Promise<SchemaState>;
  readonly redis: RedisFitness;
  /** Has new connections use these credentials and authorities. */
  readonly renewAccess: (addresses: StoreAddresses) => void;
  readonly vitals: StoreVitals;
}

/** What the stores are opened with. */
export interface StoresWorld {
  readonly ring: () => KeyRing;
  readonly log: Log;
  /** Hears how many seconds each command to Redis took. Must not throw. */
  readonly onRedisCommand: (seconds: number) => void;
  readonly onRedisReconnect: () => void;
  readonly tracer: Tracer | undefined;
  readonly hostClock: Clock;
}

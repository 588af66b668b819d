import type { KeyRing } from "@countersign/field-crypto";
import type { Log, Tracer } from "@countersign/telemetry-ports";
import type { StoreAddresses } from "../../config/stores/store-addresses.js";
import type { ChallengeStore } from "../../domain/challenge/challenge-store.js";
import type { SendCounter } from "../../domain/send-quota/send-counter.js";
import type { SmsConversionCounter } from "../../domain/send-quota/sms-conversion-counter.js";
import type { RateLimiter } from "../../domain/throttle/rate-limiter.js";
import type { AttemptStore } from "../../domain/verification/attempt-store.js";
import type { RequestLog } from "../../domain/verification/request-log.js";
import type { RedisFitness } from "../../readiness/fitness.js";
import type { Clock } from "../../storage/clocks/store-clocks.js";
import type { Database } from "../../storage/postgres/database/database.js";
import type { Gate } from "../../storage/postgres/database/pooled-database.js";
import type { SchemaState } from "../../storage/postgres/schema/schema-state.js";
import type { StoreVitals } from "../../telemetry/metrics/store-vitals.js";

/** Short-lived state: in Redis, or in memory. */
export interface ShortLivedStores {
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
  readonly sends: SendCounter;
  readonly completions: SmsConversionCounter;
  readonly requests: RequestLog;
  readonly rates: RateLimiter;
}

/** Everything that a server stores. */
export interface Stores extends ShortLivedStores, AsyncDisposable {
  readonly database: Database;
  /** For background jobs, and for listings of administrators. An embedded store is the same one for all. */
  readonly jobs: Database;
  readonly listings: Database;
  /** As `jobs`, also while the gate is closed: to check whether it may be opened. */
  readonly ungated: Database;
  /** Lets all other work through to the database. Closed until the stores are prepared and it is opened. */
  readonly gate: Gate;
  /** Throws unless both stores answer, Redis does not evict keys and the schema suits this program. In development it also migrates the schema. */
  prepare(): Promise<SchemaState>;
  readonly redis: RedisFitness;
  /** Uses these credentials and authorities for new connections. */
  readonly renewAccess: (addresses: StoreAddresses) => void;
  readonly vitals: StoreVitals;
}

/** The dependencies of the stores. */
export interface StoresWorld {
  readonly ring: () => KeyRing;
  readonly log: Log;
  /** Called with the duration of each Redis command in seconds. Must not throw. */
  readonly onRedisCommand: (seconds: number) => void;
  readonly onRedisReconnect: () => void;
  readonly tracer: Tracer | undefined;
  readonly hostClock: Clock;
  /** The clock of the embedded stores; networked ones have their own clocks. */
  readonly embeddedClock: Clock;
}

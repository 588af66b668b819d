import type { AdminRoute, ServedService } from "@countersign/rpc-server";
import { ConfigurationError } from "../config/forms/configuration-error.js";
import type { ServiceConfig } from "../config/service-config.js";
import type { ChallengeStore } from "../domain/challenge/challenge-store.js";
import type { EmailSender } from "../domain/delivery/email-sender.js";
import type { SmsSender } from "../domain/delivery/sms-sender.js";
import type { AttemptStore } from "../domain/verification/attempt-store.js";
import { authenticatorRoute } from "./authenticator-route.js";
import { clockRoute } from "./clock-route.js";
import { withFailingDeliveries } from "./failing-deliveries.js";
import { withLockedUsers } from "./locked-users.js";
import { createMovableClock } from "./movable-clock.js";
import { withStoreAway } from "./store-away.js";

/** Ports that give the test users their faults. */
interface FaultedPorts {
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
  readonly senders: { readonly sms: SmsSender | undefined; readonly email: EmailSender | undefined };
}

/** What integrators' tests can do to a service in development: see docs/testing.md. */
export interface TestKit {
  /** Real time plus the offset. */
  readonly now: () => Date;
  /** The same in milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly withTestUsers: <T extends FaultedPorts>(ports: T) => T;
  readonly withStoreAway: (served: ServedService) => ServedService;
  readonly routes: readonly AdminRoute[];
}

/**
 * Throws ConfigurationError outside development and with Postgres and Redis: moving the clock can expire a lock, and times in the future must not be
 * written to a database that outlives the process.
 */
export function openTestKit({ environment, stores, dataDir }: ServiceConfig): TestKit {
  if (environment !== "development" || stores !== undefined || dataDir !== undefined)
    throw new ConfigurationError(["TEST_KIT is for development, on embedded stores in memory"]);
  const clock = createMovableClock(Date.now);
  return {
    now: () => new Date(clock.nowMs()),
    nowMs: clock.nowMs,
    withTestUsers(ports) {
      const { attempts, challenges } = withLockedUsers(ports);
      return { ...ports, attempts, ...withFailingDeliveries({ challenges, senders: ports.senders }) };
    },
    withStoreAway,
    routes: [clockRoute(clock), authenticatorRoute(clock)],
  };
}

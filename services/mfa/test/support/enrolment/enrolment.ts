import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { expect } from "vitest";
import type { MfaClient } from "../service.js";
import type { TestClock } from "../test-clock.js";
import { type Authenticator, authenticatorFor } from "./authenticator.js";

export interface Enrolled {
  readonly userId: string;
  readonly authenticator: Authenticator;
  readonly backupCodes: readonly string[];
}

/** A fresh user with a pending TOTP factor. */
export async function beginTotp(client: MfaClient, userId: string = randomUUID()): Promise<Enrolled> {
  const setup = await client.setupMfa({ userId, method: Method.TOTP });
  if (setup.enrolment.case !== "totp") throw new Error("no TOTP enrolment");
  return {
    userId,
    authenticator: authenticatorFor(setup.enrolment.value.uri),
    backupCodes: setup.backupCodes,
  };
}

/** A fresh user with an active TOTP factor. The clock moves on by one step, so that the next code is unused. */
export async function enrolTotp(client: MfaClient, clock: TestClock, userId?: string): Promise<Enrolled> {
  const enrolled = await beginTotp(client, userId);
  const code = enrolled.authenticator.code(clock.ms);
  const { outcome } = await client.verifySetup({ userId: enrolled.userId, code });
  expect(outcome.case).toBe("enabled");
  clock.advance(30);
  return enrolled;
}

import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { expect } from "vitest";
import { Outbox } from "../../../src/delivery/outbox.js";
import type { MfaClient } from "../service.js";

/** What end users received, newest first. Hand it to the service as `overrides.senders`. */
export class Mailbox extends Outbox {
  constructor() {
    super({ capacity: 100_000, keepForMs: 3_600_000, now: Date.now });
  }

  /** The newest code to a destination; notices have none. */
  code(to: string): string {
    for (const message of this.list()) {
      const code = message.to === to ? /(?<![0-9])[0-9]{6}(?![0-9])/.exec(message.text)?.[0] : undefined;
      if (code !== undefined) return code;
    }
    throw new Error(`no code was sent to ${to}`);
  }

  count(to: string): number {
    return this.list().filter((each) => each.to === to).length;
  }
}

let users = 0;

/** A fresh user with a pending e-mail factor and the code on its way. */
export async function beginEmail(
  client: MfaClient,
): Promise<{ readonly userId: string; readonly email: string }> {
  users += 1;
  const [userId, email] = [`user-${users}`, `user-${users}@example.com`];
  await client.setupMfa({ userId, method: Method.EMAIL, email });
  return { userId, email };
}

/** A fresh user with an active e-mail factor. */
export async function enrolEmail(client: MfaClient, mailbox: Mailbox) {
  const begun = await beginEmail(client);
  const { outcome } = await client.verifySetup({ userId: begun.userId, code: mailbox.code(begun.email) });
  expect(outcome.case).toBe("enabled");
  return begun;
}

/** A six-digit code that is not this one. */
export function otherThan(code: string): string {
  return ((Number(code) + 1) % 1_000_000).toString().padStart(6, "0");
}

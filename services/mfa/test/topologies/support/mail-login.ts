import { expect } from "vitest";
import { enrolEmail, type Mailbox } from "../../support/enrolment/mailbox.js";
import type { TestService } from "../../support/service.js";
import type { Code } from "./right-codes.js";

/** A fresh user who logs in with codes by e-mail. */
export interface MailUser {
  /** A code that was just sent, not used yet. */
  sent(): Promise<Code>;
  /** One that was just accepted. */
  accepted(): Promise<Code>;
}

export async function enrolMailUser({ client }: TestService, mailbox: Mailbox): Promise<MailUser> {
  const { userId, email } = await enrolEmail(client, mailbox);
  const sent = async () => {
    await client.sendVerificationCode({ userId });
    return { userId, code: mailbox.code(email) };
  };
  return {
    sent,
    async accepted() {
      const code = await sent();
      expect((await client.verifyCode(code)).outcome.case).toBe("approved");
      return code;
    },
  };
}

import type { ChallengePurpose } from "../domain/challenge/challenge.js";
import type { ChallengeStore } from "../domain/challenge/challenge-store.js";
import { unavailable } from "../domain/delivery/delivery.js";
import type { EmailSender } from "../domain/delivery/email-sender.js";
import type { MessageSender } from "../domain/delivery/message-sender.js";
import type { SmsSender } from "../domain/delivery/sms-sender.js";
import type { UserId } from "../domain/user-id.js";
import { TEST_USERS } from "./test-users.js";

interface DeliveringParts {
  readonly challenges: ChallengeStore;
  readonly senders: { readonly sms: SmsSender | undefined; readonly email: EmailSender | undefined };
}

/**
 * Fails the delivery of the test users' codes, like a provider that is down. A message does not name its user: its idempotency key is the id of the
 * challenge, which is opened first. Notices are delivered.
 */
export function withFailingDeliveries({ challenges, senders }: DeliveringParts): DeliveringParts {
  const failing = new Set<string>();
  return {
    challenges: {
      ...challenges,
      async open(userId, challenge) {
        const opening = await challenges.open(userId, challenge);
        if (opening.opened && isUndelivered(userId, challenge.purpose)) failing.add(challenge.id);
        return opening;
      },
    },
    senders: {
      sms: senders.sms && withFailures(senders.sms, failing),
      email: senders.email && withFailures(senders.email, failing),
    },
  };
}

function withFailures<M>(sender: MessageSender<M>, failing: Set<string>): MessageSender<M> {
  return {
    send: (message, options) =>
      failing.delete(options.idempotencyKey)
        ? Promise.resolve(unavailable("test-kit", "the user id asks for a failed delivery"))
        : sender.send(message, options),
  };
}

function isUndelivered(userId: UserId, purpose: ChallengePurpose): boolean {
  return userId.startsWith(purpose === "enrol" ? TEST_USERS.unconfirmed : TEST_USERS.undelivered);
}

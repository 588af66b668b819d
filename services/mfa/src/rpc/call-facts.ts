import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { CallContext, ServedMethod, ServedService, UnaryHandler } from "@countersign/rpc-server";
import type { Method } from "../domain/factor/method.js";
import { parseUserId, type UserId } from "../domain/user-id.js";
import type { Rejection } from "../domain/verification/rejection.js";

/** The result of a code. */
type CodeResult =
  | Rejection
  | { readonly outcome: "accepted" | "confirmed" | "regenerated"; readonly method: Method };

/** Adds the result of a code to the access line, and returns it. The line has the true reason, even for callers with uniform answers. */
export function toldOf<Result extends CodeResult>(
  call: CallContext,
  now: () => Date,
  result: Result,
): Result {
  if (result.outcome !== "rejected") {
    call.tell({ outcome: "succeeded", method: result.method });
    return result;
  }
  const { reason, method, remainingAttempts, retryAfterMs } = result;
  call.tell({
    outcome: "rejected",
    rejection: reason,
    method,
    remaining_attempts: remainingAttempts,
    lock_end: retryAfterMs === undefined ? undefined : new Date(now().getTime() + retryAfterMs).toISOString(),
    // Without a wait: waiting does not end this lock soon.
    unlock_required: remainingAttempts === 0 && retryAfterMs === undefined ? true : undefined,
  });
  return result;
}

/** Adds the user's pseudonym, as in the audit log, to the access line of each call about a user. */
export function withUsersNamed(served: ServedService, userRef: (userId: UserId) => string): ServedService {
  return { service: served.service, methods: served.methods.map((method) => withUserNamed(method, userRef)) };
}

function withUserNamed(served: ServedMethod, userRef: (userId: UserId) => string): ServedMethod {
  if (served.kind !== "unary") return served;
  // Not async: another promise would cost every login.
  const handler: UnaryHandler<DescMessage, DescMessage> = (request, call) => {
    const userId = userOf(request);
    if (userId !== undefined) call.tell({ user_ref: userRef(userId) });
    return served.handler(request, call);
  };
  return { ...served, handler };
}

/** The user of a request. Undefined if it names none, or a malformed id. */
export function userOf(request: MessageShape<DescMessage>): UserId | undefined {
  const parsed = parseUserId("userId" in request && typeof request.userId === "string" ? request.userId : "");
  return parsed.ok ? parsed.value : undefined;
}

import type { DescMessage } from "@bufbuild/protobuf";
import type { ServedMethod, ServedService, UnaryHandler } from "@countersign/rpc-server";
import { storeUnavailable } from "../domain/errors.js";
import { TEST_USERS } from "./test-users.js";

/** Refuses every call about the test user as if Postgres were unavailable. */
export function withStoreAway(served: ServedService): ServedService {
  return { service: served.service, methods: served.methods.map(refusing) };
}

function refusing(served: ServedMethod): ServedMethod {
  if (served.kind !== "unary" || served.method.input.field.userId === undefined) return served;
  const handler: UnaryHandler<DescMessage, DescMessage> = (request, call) => {
    if (
      "userId" in request &&
      typeof request.userId === "string" &&
      request.userId.startsWith(TEST_USERS.storeAway)
    )
      throw storeUnavailable("postgres", new Error("the user id asks for a store that is away"));
    return served.handler(request, call);
  };
  return { ...served, handler };
}

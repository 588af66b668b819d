import { SENT_METHODS, type SentMethod } from "../domain/factor/method.js";
import type { ServiceConfig } from "./service-config.js";

/** Methods that the policy allows although their channel has no provider: enrolment by one would send no code. */
export function unservedChannels({
  delivery,
  security,
}: Pick<ServiceConfig, "delivery" | "security">): readonly SentMethod[] {
  const { allowedMethods } = security.initial.config.mfa;
  return SENT_METHODS.filter(
    (channel) => allowedMethods.includes(channel) && delivery[channel] === undefined,
  );
}

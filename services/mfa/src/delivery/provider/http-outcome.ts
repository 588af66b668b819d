import { type Delivery, delivered, rejected, timedOut, unavailable } from "../../domain/delivery/delivery.js";
import type { HttpAnswer } from "./http-post.js";

/** These concern our account, our address or the moment, not the message: another provider may accept it. */
const NOT_ABOUT_THE_MESSAGE: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 425, 429]);

/** The meaning of an HTTP provider's answer. `code` is the provider's own error number, if any. */
export function outcomeOf(provider: string, answer: HttpAnswer, code?: number): Delivery {
  if (!answer.ok) {
    return answer.aborted ? timedOut(provider, "no answer in time") : unavailable(provider, "no connection");
  }
  const { status } = answer;
  if (status >= 200 && status < 300) {
    return delivered(provider);
  }
  const detail = code === undefined ? `http ${status}` : `http ${status} code ${code}`;
  if (status >= 400 && status < 500 && !NOT_ABOUT_THE_MESSAGE.has(status)) {
    return rejected(provider, detail);
  }
  return unavailable(provider, detail);
}

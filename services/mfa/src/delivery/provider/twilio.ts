import type { Delivery } from "../../domain/delivery/delivery.js";
import type { SmsSender } from "../../domain/delivery/sms-sender.js";
import { errorTextOf } from "./http-error.js";
import { outcomeOf } from "./http-outcome.js";
import { httpPost } from "./http-post.js";
import { tellWords } from "./provider-words.js";

export interface TwilioConfig {
  /** The provider's name, for failures and metrics. */
  readonly name: string;
  /** https://api.twilio.com, or another host that speaks the same API. */
  readonly baseUrl: URL;
  readonly accountSid: string;
  /** The account's own token, or an API key and its secret, which can be revoked separately. */
  readonly credential: { readonly user: string; readonly secret: string };
  readonly sender: { readonly from: string } | { readonly messagingServiceSid: string };
}

/** Twilio's Messages API. It has no idempotency key, so a send is tried once and never repeated. */
export function createTwilioSender(config: TwilioConfig): SmsSender {
  const url = new URL(`/2010-04-01/Accounts/${config.accountSid}/Messages.json`, config.baseUrl);
  const { user, secret } = config.credential;
  const headers = {
    authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`,
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
  };
  const sender: Record<string, string> =
    "from" in config.sender
      ? { From: config.sender.from }
      : { MessagingServiceSid: config.sender.messagingServiceSid };

  return {
    async send({ to, text }, options): Promise<Delivery> {
      const body = new URLSearchParams({ ...sender, To: to, Body: text }).toString();
      const answer = await httpPost({ url, headers, body, signal: options.signal });
      tellWords(options, errorTextOf(answer), [to, user, config.accountSid]);
      return outcomeOf(config.name, answer, answer.ok ? errorCodeIn(answer.body) : undefined);
    },
  };
}

/** Twilio's error number, such as 21211; its text repeats the phone number and is not read. */
function errorCodeIn(body: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const code = typeof parsed === "object" && parsed !== null && "code" in parsed ? parsed.code : undefined;
    return typeof code === "number" && Number.isInteger(code) && code >= 0 && code < 1_000_000
      ? code
      : undefined;
  } catch {
    return undefined;
  }
}

import type { Delivery } from "../../domain/delivery/delivery.js";
import type { EmailSender } from "../../domain/delivery/email-sender.js";
import type { SendOptions } from "../../domain/delivery/message-sender.js";
import type { SmsSender } from "../../domain/delivery/sms-sender.js";
import type { Observer } from "../attempt/observed.js";
import { traceHeaders } from "../attempt/traced.js";
import { errorTextOf } from "./http-error.js";
import { outcomeOf } from "./http-outcome.js";
import { httpPost } from "./http-post.js";
import { tellWords } from "./provider-words.js";
import { signatureHeaders } from "./webhook-signature.js";

export interface WebhookConfig {
  /** The provider's name, for failures and metrics. */
  readonly name: string;
  readonly url: URL;
  /** Shared with the receiver, at least 32 characters. */
  readonly secret: string;
}

/** The content of the body. */
interface Content {
  readonly channel: "sms" | "email";
  readonly to: string;
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
}

/** `now`: milliseconds since 1970. */
type World = Pick<Observer, "now" | "tracer">;

export function createSmsWebhook(config: WebhookConfig, world: World): SmsSender {
  const post = createPoster(config, world);
  return { send: ({ to, text }, options) => post({ channel: "sms", to, text }, options) };
}

export function createEmailWebhook(config: WebhookConfig, world: World): EmailSender {
  const post = createPoster(config, world);
  return {
    send: ({ to, subject, text, html }, options) =>
      post({ channel: "email", to, subject, text, html }, options),
  };
}

function createPoster({ name, url, secret }: WebhookConfig, { now, tracer }: World) {
  return async (content: Content, options: SendOptions): Promise<Delivery> => {
    const { signal, idempotencyKey } = options;
    const body = JSON.stringify(content);
    const timestamp = Math.floor(now() / 1_000);
    const headers = {
      "content-type": "application/json",
      ...traceHeaders(tracer),
      ...signatureHeaders({ secret, timestamp, idempotencyKey, body }),
    };
    const answer = await httpPost({ url, headers, body, signal });
    tellWords(options, errorTextOf(answer), [content.to]);
    return outcomeOf(name, answer);
  };
}

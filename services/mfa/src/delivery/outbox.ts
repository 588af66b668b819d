import { type Delivery, delivered } from "../domain/delivery/delivery.js";
import type { EmailSender } from "../domain/delivery/email-sender.js";
import type { EmailMessage, SmsMessage } from "../domain/delivery/message.js";
import type { SmsSender } from "../domain/delivery/sms-sender.js";

type OutboxContent =
  | ({ readonly channel: "sms" } & SmsMessage)
  | ({ readonly channel: "email" } & EmailMessage);

/** A message as the outbox shows it, `time` in RFC 3339. */
export type OutboxEntry = OutboxContent & { readonly id: number; readonly time: string };

export interface OutboxOptions {
  /** Messages kept; the oldest is dropped first. */
  readonly capacity: number;
  /** How long a message is kept. */
  readonly keepForMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const NAME = "outbox";

/** Development only: shows messages, including codes, to anyone who asks. It keeps them in memory and sends nothing. */
export class Outbox {
  #entries: { readonly at: number; readonly entry: OutboxEntry }[] = [];
  #lastId = 0;

  constructor(private readonly options: OutboxOptions) {}

  readonly sms: SmsSender = { send: (message) => this.#keep({ channel: "sms", ...message }) };
  readonly email: EmailSender = { send: (message) => this.#keep({ channel: "email", ...message }) };

  /** Newest first. */
  list(): readonly OutboxEntry[] {
    this.#dropOld();
    return this.#entries.map(({ entry }) => entry);
  }

  #keep(content: OutboxContent): Promise<Delivery> {
    const at = this.options.now();
    this.#lastId += 1;
    const entry = { id: this.#lastId, time: new Date(at).toISOString(), ...content };
    this.#entries = [{ at, entry }, ...this.#entries].slice(0, this.options.capacity);
    this.#dropOld();
    return Promise.resolve(delivered(NAME));
  }

  #dropOld(): void {
    const oldest = this.options.now() - this.options.keepForMs;
    this.#entries = this.#entries.filter(({ at }) => at > oldest);
  }
}

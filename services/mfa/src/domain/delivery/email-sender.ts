import type { EmailMessage } from "./message.js";
import type { MessageSender } from "./message-sender.js";

/** `to` must be an address as `parseEmailAddress` returns it: exactly one recipient. Mail programs may show either part or both. */
export type EmailSender = MessageSender<EmailMessage>;

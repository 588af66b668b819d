import type { EmailMessage } from "./message.js";
import type { MessageSender } from "./message-sender.js";

/** `to` must be an address as `parseEmailAddress` gives it: exactly one recipient, who sees both parts or either. */
export type EmailSender = MessageSender<EmailMessage>;

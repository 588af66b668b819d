import type { SmsMessage } from "./message.js";
import type { MessageSender } from "./message-sender.js";

/** `to` must be E.164 as `parsePhoneNumber` gives it, `text` one GSM-7 segment; neither may be changed on the way. */
export type SmsSender = MessageSender<SmsMessage>;

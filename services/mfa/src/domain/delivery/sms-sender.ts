import type { SmsMessage } from "./message.js";
import type { MessageSender } from "./message-sender.js";

/** `to` must be E.164 as `parsePhoneNumber` returns it, `text` one GSM-7 segment; neither may be changed. */
export type SmsSender = MessageSender<SmsMessage>;

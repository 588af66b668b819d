import { cleanApplicationName, smsApplicationName } from "./application-name.js";
import { isOneGsm7Segment, SEGMENT_SEPTETS } from "./gsm7.js";
import type { EmailMessage, SmsMessage } from "./message.js";
import type { Notice } from "./notice.js";
import { noticeHtml } from "./templates/email-html.js";
import { templateFor } from "./templates/locale.js";

export interface NoticeMessage {
  readonly to: string;
  readonly notice: Notice;
  readonly locale: string;
  /** As configured: cleaned here. */
  readonly applicationName: string;
}

/** One GSM-7 segment without a code and without a link, so that a similar message with one is recognisable as phishing. */
export function renderSmsNotice({ to, notice, locale, applicationName }: NoticeMessage): SmsMessage {
  const template = templateFor(locale);
  const write = (application: string | undefined) => template.notice.sms({ application, notice });
  // One letter in place of the name, to measure the text around it.
  const room = SEGMENT_SEPTETS - (write("x").length - 1);
  const text = write(smsApplicationName(applicationName, room));
  if (!isOneGsm7Segment(text)) {
    throw new Error(`the ${template.locale} SMS notice ${notice.kind} does not fit one segment`);
  }
  return { to, text };
}

export function renderEmailNotice({ to, notice, locale, applicationName }: NoticeMessage): EmailMessage {
  const template = templateFor(locale);
  const facts = { application: cleanApplicationName(applicationName), notice };
  const event = template.notice.event(facts);
  const { advice } = template.notice;
  const text = `${event}\n\n${advice}\n`;
  return { to, subject: template.notice.subject(facts), text, html: noticeHtml(template, { event, advice }) };
}

import { cleanApplicationName, smsApplicationName } from "./application-name.js";
import { isOneGsm7Segment, SEGMENT_SEPTETS } from "./gsm7.js";
import { emailHtml } from "./templates/email-html.js";
import { templateFor } from "./templates/locale.js";

export interface SmsMessage {
  readonly to: string;
  readonly text: string;
}

export interface EmailMessage {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface CodeMessage {
  readonly to: string;
  /** ASCII digits. */
  readonly code: string;
  readonly minutes: number;
  /** BCP 47 language tag from the caller; "" means none. */
  readonly locale: string;
  /** As configured: cleaned here. */
  readonly applicationName: string;
}

/** A longer domain leaves no room for the text of the SMS. */
export const MAX_ORIGIN_DOMAIN_LENGTH = 40;

/**
 * One GSM-7 segment with exactly one run of digits long enough to be a code. With an origin domain the last line is the
 * WICG origin-bound form, `@domain #code`, which browsers fill in on that domain only; the code then stands there alone.
 */
export function renderSms(message: CodeMessage & { readonly originDomain: string | undefined }): SmsMessage {
  const { to, code, minutes, originDomain } = message;
  const template = templateFor(message.locale);
  const lastLine = originDomain === undefined ? "" : `\n@${originDomain} #${code}`;
  const write = (application: string | undefined) =>
    template.sms({ application, minutes, code: originDomain === undefined ? code : undefined }) + lastLine;
  // One letter in place of the name, to measure the text around it.
  const room = SEGMENT_SEPTETS - (write("x").length - 1);
  const text = write(smsApplicationName(message.applicationName, room));
  if (!isOneGsm7Segment(text)) {
    throw new Error(`the ${template.locale} SMS template does not fit one segment`);
  }
  return { to, text };
}

/** Subject without the code: subjects are shown on locked screens and in provider logs. */
export function renderEmail(message: CodeMessage): EmailMessage {
  const { to, code, minutes } = message;
  const template = templateFor(message.locale);
  const facts = { application: cleanApplicationName(message.applicationName), minutes };
  const parts = {
    introduction: template.email.introduction(facts),
    code,
    expiry: template.email.expiry(facts),
    warning: template.email.warning(facts),
  };
  const text = `${parts.introduction}\n\n    ${code}\n\n${parts.expiry}\n\n${parts.warning}\n`;
  return { to, subject: template.email.subject(facts), text, html: emailHtml(template, parts) };
}

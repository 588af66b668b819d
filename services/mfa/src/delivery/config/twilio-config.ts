import type { TwilioConfig } from "../provider/twilio.js";
import { httpsUrl, pattern } from "./parsers.js";
import type { Settings } from "./settings.js";

const ANY_ID = pattern(/^[A-Za-z0-9-]{1,64}$/, "letters, digits and hyphens");
const ANY_SECRET = pattern(/^[\x21-\x7e]{8,256}$/, "8 to 256 printable ASCII characters");
const SENDER = pattern(
  /^(?:\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
  "a number in E.164, a short code or a sender id of at most 11 characters",
);

/** `prefix` is "" for the primary provider and FALLBACK_ for a second one of the same kind. */
export function readTwilioConfig(
  settings: Settings,
  prefix: string,
  development: boolean,
): TwilioConfig | undefined {
  const accountSid = settings.required(`${prefix}TWILIO_ACCOUNT_SID`, ANY_ID);
  const baseUrl =
    settings.parsed(`${prefix}TWILIO_BASE_URL`, httpsUrl(development)) ?? new URL("https://api.twilio.com");
  const credential = readCredential(settings, prefix, accountSid);
  const sender = readSender(settings, prefix);
  if (accountSid === undefined || credential === undefined || sender === undefined) return undefined;
  return { name: `${prefix}TWILIO`.toLowerCase(), baseUrl, accountSid, credential, sender };
}

function readCredential(settings: Settings, prefix: string, accountSid: string | undefined) {
  if (settings.has(`${prefix}TWILIO_API_KEY_SID`)) {
    const user = settings.parsed(`${prefix}TWILIO_API_KEY_SID`, ANY_ID);
    const secret = settings.required(`${prefix}TWILIO_API_KEY_SECRET`, ANY_SECRET);
    return user === undefined || secret === undefined ? undefined : { user, secret };
  }
  const secret = settings.required(`${prefix}TWILIO_AUTH_TOKEN`, ANY_SECRET);
  return accountSid === undefined || secret === undefined ? undefined : { user: accountSid, secret };
}

function readSender(settings: Settings, prefix: string): TwilioConfig["sender"] | undefined {
  const service = `${prefix}TWILIO_MESSAGING_SERVICE_SID`;
  if (settings.has(service)) {
    if (settings.has(`${prefix}TWILIO_FROM`)) {
      settings.complain(service, `is set together with ${prefix}TWILIO_FROM`);
      return undefined;
    }
    const messagingServiceSid = settings.parsed(service, ANY_ID);
    return messagingServiceSid === undefined ? undefined : { messagingServiceSid };
  }
  const from = settings.required(`${prefix}TWILIO_FROM`, SENDER);
  return from === undefined ? undefined : { from };
}

import { optionalText, type SettingsReader, type SettingValues } from "@countersign/settings";
import type { TwilioConfig } from "../../delivery/provider/twilio.js";
import { matching, postUrl, urlFault } from "./provider-forms.js";

const ANY_ID = matching(/^[A-Za-z0-9-]{1,64}$/, "letters, digits and hyphens");
const ANY_SECRET = matching(/^[\x21-\x7e]{8,256}$/, "8 to 256 printable ASCII characters");
const SENDER = matching(
  /^(?:\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
  "a number in E.164, a short code or a sender id of at most 11 characters",
);

export const TWILIO_SETTINGS = {
  TWILIO_ACCOUNT_SID: optionalText(ANY_ID, { doc: "The account." }),
  TWILIO_AUTH_TOKEN: optionalText(ANY_SECRET, {
    secret: true,
    doc: "The account's token, unless there is an API key.",
  }),
  TWILIO_API_KEY_SID: optionalText(ANY_ID, { doc: "An API key, which can be revoked by itself." }),
  TWILIO_API_KEY_SECRET: optionalText(ANY_SECRET, { secret: true, doc: "Its secret." }),
  TWILIO_FROM: optionalText(SENDER, { doc: "The sender, unless there is a messaging service." }),
  TWILIO_MESSAGING_SERVICE_SID: optionalText(ANY_ID, { doc: "A messaging service that sends." }),
  TWILIO_BASE_URL: optionalText(postUrl, {
    absent: "`https://api.twilio.com`",
    doc: "Where the Messages API is.",
  }),
} as const;

type Given = SettingValues<typeof TWILIO_SETTINGS>;

/** `prefix` is "" for the primary provider and FALLBACK_ for a second one of the same kind. */
export function readTwilioConfig(
  reader: SettingsReader,
  prefix: string,
  development: boolean,
): TwilioConfig | undefined {
  const withKey = reader.isSet(`${prefix}TWILIO_API_KEY_SID`);
  const withService = reader.isSet(`${prefix}TWILIO_MESSAGING_SERVICE_SID`);
  const given = reader.read(TWILIO_SETTINGS, {
    prefix,
    required: [
      "TWILIO_ACCOUNT_SID",
      withKey ? "TWILIO_API_KEY_SECRET" : "TWILIO_AUTH_TOKEN",
      ...(withService ? [] : (["TWILIO_FROM"] as const)),
    ],
  });
  const baseUrl = given.TWILIO_BASE_URL ?? new URL("https://api.twilio.com");
  const fault = urlFault(baseUrl, development);
  if (fault !== undefined) reader.report(`${prefix}TWILIO_BASE_URL`, fault);
  if (withService && reader.isSet(`${prefix}TWILIO_FROM`))
    reader.report(`${prefix}TWILIO_MESSAGING_SERVICE_SID`, `is set together with ${prefix}TWILIO_FROM`);
  const accountSid = given.TWILIO_ACCOUNT_SID;
  const credential = credentialOf(given);
  const sender = senderOf(given);
  if (accountSid === undefined || credential === undefined || sender === undefined) return undefined;
  return { name: `${prefix}TWILIO`.toLowerCase(), baseUrl, accountSid, credential, sender };
}

function credentialOf(given: Given): TwilioConfig["credential"] | undefined {
  const user = given.TWILIO_API_KEY_SID ?? given.TWILIO_ACCOUNT_SID;
  const secret =
    given.TWILIO_API_KEY_SID === undefined ? given.TWILIO_AUTH_TOKEN : given.TWILIO_API_KEY_SECRET;
  return user === undefined || secret === undefined ? undefined : { user, secret };
}

function senderOf(given: Given): TwilioConfig["sender"] | undefined {
  const { TWILIO_MESSAGING_SERVICE_SID: messagingServiceSid, TWILIO_FROM: from } = given;
  if (messagingServiceSid !== undefined) return { messagingServiceSid };
  return from === undefined ? undefined : { from };
}

import { choice, choiceForm, flag, integer, list, optionalText, text, textForm } from "@countersign/settings";
import type { FieldTable } from "../field.js";
import type { MfaSettings } from "../security-config.js";
import { isDisplayName, isTotpIssuer } from "../syntax/display-name.js";
import { isDomainName } from "../syntax/domain-name.js";
import { countryForm } from "./country-form.js";

const method = choiceForm(["totp", "sms", "email"]);

const requirementFields = {
  required: flag({ default: false, doc: "Every user needs a second factor.", enforcedBy: "countersign" }),
  requiredForAdmins: flag({
    default: true,
    doc: "Administrators need a second factor, whatever `required` says.",
    enforcedBy: "countersign",
  }),
  allowedMethods: list(method, {
    default: ["totp", "email"],
    minItems: 1,
    doc: "Methods a user may enrol and log in with. A method that is removed is refused immediately, also for enrolled users.",
    enforcedBy: "countersign",
  }),
  disabledMethods: list(method, {
    default: [],
    doc: "Kill switch: methods that are refused although allowed, for example while a provider is under attack. Overrides `allowed_methods`.",
    enforcedBy: "countersign",
  }),
  backupCodesCount: integer({
    default: 10,
    min: 1,
    max: 20,
    unit: "codes",
    doc: "Backup codes made at enrolment and at each renewal.",
    enforcedBy: "countersign",
  }),
} as const;

const totpFields = {
  totpIssuer: text(
    textForm({
      accepts: "a name of 1 to 64 characters without colon, control or invisible characters",
      maxLength: 64,
      matches: isTotpIssuer,
    }),
    {
      default: "Countersign",
      doc: "The name an authenticator app shows beside the account.",
      enforcedBy: "countersign",
    },
  ),
  totpAlgorithm: choice(["SHA1", "SHA256", "SHA512"], {
    default: "SHA1",
    doc: "HMAC digest of new TOTP factors. Many apps support only SHA1, and HMAC does not need collision resistance.",
    enforcedBy: "countersign",
  }),
  totpDigits: choice([6, 8], {
    default: 6,
    doc: "Digits of a code of new TOTP factors.",
    enforcedBy: "countersign",
  }),
  totpPeriod: integer({
    default: 30,
    min: 15,
    max: 120,
    unit: "seconds",
    doc: "Time step of new TOTP factors.",
    enforcedBy: "countersign",
  }),
} as const;

const verificationFields = {
  maxVerificationAttempts: integer({
    default: 3,
    min: 1,
    max: 10,
    unit: "attempts",
    doc: "Guesses one code or challenge allows. Sending another code does not reset them.",
    enforcedBy: "countersign",
  }),
  maxDailyFailures: integer({
    default: 20,
    min: 5,
    max: 100,
    unit: "wrong codes",
    doc: "Wrong codes of one user in 24 hours, whatever succeeded in between. Beyond it only a backup code is accepted; if none is left, one code an hour is compared.",
    enforcedBy: "countersign",
  }),
  maxMonthlyFailures: integer({
    default: 200,
    min: 10,
    max: 400,
    unit: "wrong codes",
    doc: "Wrong codes of one user in 30 days, whatever succeeded in between. Beyond it only a backup code is accepted, until an operator unlocks.",
    enforcedBy: "countersign",
  }),
  maxYearlyFailures: integer({
    default: 300,
    min: 20,
    max: 400,
    unit: "wrong codes",
    doc: "Wrong codes of one user in 365 days. It bounds the odds of a guess: 300 are 0.09 % with six digits and a window of one.",
    enforcedBy: "countersign",
  }),
  verificationWindow: integer({
    default: 1,
    min: 0,
    max: 1,
    unit: "steps",
    doc: "Time steps accepted before and after the current one. Never wider than one (RFC 6238 section 5.2).",
    enforcedBy: "countersign",
  }),
  codeExpiryMinutes: integer({
    default: 10,
    min: 1,
    max: 10,
    unit: "minutes",
    doc: "Life of a code sent by SMS or e-mail. NIST SP 800-63B caps it at ten.",
    enforcedBy: "countersign",
  }),
} as const;

const messageFields = {
  appName: text(
    textForm({
      accepts: "a name of 1 to 40 characters without control or invisible characters",
      maxLength: 40,
      matches: isDisplayName,
    }),
    { default: "Countersign", doc: "The name in SMS and e-mail messages.", enforcedBy: "countersign" },
  ),
  smsOriginDomain: optionalText(
    textForm({
      accepts: "a lower-case domain name of at most 40 characters",
      maxLength: 40,
      matches: isDomainName,
    }),
    {
      doc: "The site an SMS code is bound to. Ends each message with `@domain #code`, which browsers fill in on that site only.",
      enforcedBy: "countersign",
    },
  ),
  defaultPhoneRegion: text(countryForm, {
    default: "US",
    doc: "The country of a phone number given without one. Must be among the allowed countries.",
    enforcedBy: "countersign",
  }),
  allowedPhoneCountries: list(countryForm, {
    default: ["US"],
    minItems: 1,
    doc: "Countries that SMS may be sent to; every other is refused. Widen it with care: the profit of SMS pumping depends on the destination.",
    enforcedBy: "countersign",
  }),
} as const;

export const mfaFields: FieldTable<MfaSettings> = {
  ...requirementFields,
  ...totpFields,
  ...verificationFields,
  ...messageFields,
};

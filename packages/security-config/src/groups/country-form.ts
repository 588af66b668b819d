import { textForm } from "@countersign/settings";
import { isCountryCode } from "../syntax/country-code.js";

export const countryForm = textForm({
  accepts: "an ISO 3166-1 alpha-2 country code in upper case",
  maxLength: 2,
  matches: isCountryCode,
});

import { textForm, type ValueForm } from "@countersign/settings";

/** A URL of one of the protocols, kept as it is written. */
export function urlForm(protocols: readonly string[]): ValueForm<string> {
  return textForm({
    accepts: `a URL that begins with ${protocols.map((each) => `${each}//`).join(" or ")}`,
    maxLength: 2_000,
    matches: (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
  });
}

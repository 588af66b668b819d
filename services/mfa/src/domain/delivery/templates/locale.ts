import { en } from "./en.js";
import { es } from "./es.js";
import type { MessageTemplate } from "./template.js";

/** A new locale is a file beside these and its name here. */
export const TEMPLATES: readonly MessageTemplate[] = [en, es];

const BY_LOCALE = new Map(TEMPLATES.map((template) => [template.locale, template]));
const MAX_TAG = 35;

/** Lookup (RFC 4647 section 3.4): `es-MX` falls back to `es`, anything unknown or malformed to English. */
export function templateFor(languageTag: string): MessageTemplate {
  if (languageTag.length > MAX_TAG) {
    return en;
  }
  const subtags = languageTag.toLowerCase().split(/[-_]/);
  for (let length = subtags.length; length > 0; length -= 1) {
    const found = BY_LOCALE.get(subtags.slice(0, length).join("-"));
    if (found !== undefined) {
      return found;
    }
  }
  return en;
}

import type { Field, SettingTable } from "@countersign/settings";
import { shownValue } from "./settings/describe-settings.js";
import { SERVICE_SETTINGS, type SettingTopic } from "./settings/service-settings.js";

const SECTION = /(<!-- settings: (\w+) -->\n)[\s\S]*?(<!-- settings: end -->)/g;
const HEAD = "| Variable | Default | Must be | Meaning |\n| --- | --- | --- | --- |\n";

/** The topics that a page has a table of. */
export function topicsOf(page: string): readonly string[] {
  return [...page.matchAll(SECTION)].map(([, , topic = ""]) => topic);
}

/** The page with its tables regenerated from the fields. Throws for a table of an unknown topic. */
export function withSettings(page: string): string {
  return page.replace(SECTION, (_, begin: string, topic: string, end: string) => {
    if (!isTopic(topic)) throw new Error(`there are no settings of ${topic}`);
    return `${begin}\n${HEAD}${rowsOf(topic).join("\n")}\n\n${end}`;
  });
}

/** Rows in which the page differs from the fields, one line each: `SEND_COOLDOWN_SECONDS: the page says …`. */
export function staleRows(page: string): readonly string[] {
  return [...page.matchAll(SECTION)].flatMap(([section, , topic = ""]) => {
    const written = new Set(section.split("\n").filter((line) => line.startsWith("| `")));
    const made = new Set(isTopic(topic) ? rowsOf(topic) : []);
    const missing = [...made].filter((row) => !written.has(row)).map((row) => `is missing: ${row}`);
    return [...missing, ...[...written].filter((row) => !made.has(row)).map((row) => `is stale: ${row}`)];
  });
}

function isTopic(topic: string): topic is SettingTopic {
  return Object.hasOwn(SERVICE_SETTINGS, topic);
}

function rowsOf(topic: SettingTopic): readonly string[] {
  const table: SettingTable = SERVICE_SETTINGS[topic];
  return Object.entries(table).map(([name, field]) => {
    return `| \`${name}\` | ${shownDefault(field)} | ${acceptsOf(field)} | ${field.doc} |`;
  });
}

function shownDefault({ default: fallback, inProduction, absent }: Field<unknown>): string {
  if (fallback === undefined) return absent ?? "none";
  const elsewhere = Array.isArray(fallback) && fallback.length === 0 ? "none" : `\`${shownValue(fallback)}\``;
  return inProduction === undefined
    ? elsewhere
    : `${elsewhere}, \`${shownValue(inProduction)}\` in production`;
}

/** Any text needs no rule of its own. */
function acceptsOf({ accepts }: Field<unknown>): string {
  return /^text of 1 to \d+ characters$/.test(accepts) ? "text" : accepts;
}

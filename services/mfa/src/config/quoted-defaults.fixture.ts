import { configurationReference } from "@countersign/security-config";
import type { SettingTable } from "@countersign/settings";
import { SERVICE_SETTINGS } from "./settings/service-settings.js";

/** A setting with a numeric default, by every name that a page may use. */
export interface QuotableSetting {
  readonly names: readonly string[];
  readonly default: number;
  readonly unit: string | undefined;
}

/** Numbers as prose writes them. */
const WORDS: Readonly<Record<string, number>> = {
  each: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  ten: 10,
  twenty: 20,
  thirty: 30,
  sixty: 60,
};
const NUMBER = `\\d{1,3}(?:,\\d{3})+|\\d+(?:\\.\\d+)?|${Object.keys(WORDS).join("|")}`;

const MILLISECONDS: readonly (readonly [RegExp, number])[] = [
  [/^(ms|milliseconds?)$/, 1],
  [/^(s|seconds?)$/, 1_000],
  [/^minutes?$/, 60_000],
  [/^hours?$/, 3_600_000],
  [/^days?$/, 86_400_000],
];
const UNIT = "ms|milliseconds?|s|seconds?|minutes?|hours?|days?";

export function quotableSettings(): readonly QuotableSetting[] {
  const tables: readonly SettingTable[] = Object.values(SERVICE_SETTINGS);
  const own = tables.flatMap((table) =>
    Object.entries(table).flatMap(([name, { default: value, unit }]) =>
      typeof value === "number" ? [{ names: [name], default: value, unit }] : [],
    ),
  );
  const policy = configurationReference().flatMap(({ env, path, default: value, unit }) =>
    typeof value === "number"
      ? [{ names: [env, path, path.replace(/^.*\./, "")], default: value, unit }]
      : [],
  );
  return [...own, ...policy];
}

/**
 * Every quoted default that differs from the code. A quote follows the name, as in `KEY_RELOAD_INTERVAL_MS` (10 seconds) or `MAX_STREAMS`, 5,000, or
 * precedes it: 30 seconds (SEND_COOLDOWN_SECONDS).
 */
export function wrongQuotes(text: string, settings: readonly QuotableSetting[]): readonly string[] {
  return settings.flatMap((setting) =>
    quotesOf(text, setting)
      .filter(({ value }) => value !== setting.default)
      .map(({ name, quote }) => `${name} is quoted as "${quote}", the code has ${inWords(setting)}`),
  );
}

/** How many defaults the text quotes, correct or not. */
export function countQuotes(text: string, settings: readonly QuotableSetting[]): number {
  return settings.reduce((sum, setting) => sum + quotesOf(text, setting).length, 0);
}

interface Quote {
  readonly name: string;
  readonly quote: string;
  /** In the unit of the setting. */
  readonly value: number;
}

function quotesOf(text: string, { names, unit }: QuotableSetting): readonly Quote[] {
  const name = `(?<name>${names.map((each) => each.replace(".", "\\.")).join("|")})`;
  const amount = `(?<number>${NUMBER})(?: (?<unit>${UNIT}))?\\b`;
  const after = new RegExp(
    `(?<![\\w.])${name}(?:\`?,|\`? \\(|\`?:|\`? is) ?(?:default |one code in )?(?<quote>${amount})`,
    "gi",
  );
  const before = new RegExp(`\\b(?<quote>${amount}) \\(\`?${name}\\b`, "gi");
  return [...text.matchAll(after), ...text.matchAll(before)].map(({ groups = {} }) => ({
    name: groups.name ?? "",
    quote: groups.quote ?? "",
    value: amountOf(groups, unit),
  }));
}

function amountOf(groups: Readonly<Record<string, string | undefined>>, unit: string | undefined): number {
  const written = (groups.number ?? "").toLowerCase();
  const number = WORDS[written] ?? Number(written.replaceAll(",", ""));
  const from = millisecondsIn(groups.unit);
  const to = millisecondsIn(unit);
  return from === undefined || to === undefined ? number : (number * from) / to;
}

function millisecondsIn(unit = ""): number | undefined {
  return MILLISECONDS.find(([form]) => form.test(unit.toLowerCase()))?.[1];
}

function inWords({ default: value, unit }: QuotableSetting): string {
  return unit === undefined ? String(value) : `${value} ${unit}`;
}

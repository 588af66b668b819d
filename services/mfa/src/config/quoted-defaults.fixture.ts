import { configurationReference } from "@countersign/security-config";
import type { SettingTable } from "@countersign/settings";
import { SERVICE_SETTINGS } from "./settings/service-settings.js";

/** A setting with a numeric default, by every name that a page may use. */
export interface QuotableSetting {
  readonly names: readonly string[];
  readonly default: number;
  /** The default in production, if it is another one there. */
  readonly inProduction?: number;
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
    Object.entries(table).flatMap(([name, { default: value, inProduction, unit }]) => {
      if (typeof value !== "number") return [];
      const elsewhere = typeof inProduction === "number" ? { inProduction } : {};
      return [{ names: [name], default: value, ...elsewhere, unit }];
    }),
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
      .filter(({ value, production }) => value !== (production ? setting.inProduction : setting.default))
      .map(({ name, quote }) => `${name} is quoted as "${quote}", the code has ${inWords(setting)}`),
  );
}

/** Words that are in many names, or say no more than a unit. */
const SAYS_LITTLE =
  /^(?:MAX|MIN|MS|SECONDS|MINUTES?|HOURS|DAYS|LIMIT|PER|MFA|COUNT|DEFAULT|SEND|RATE|INTERVAL)$/;

/**
 * Every default that stands in a sentence about its setting, without the setting's name: a reader takes it for the default, and a change of the
 * default would not be noticed. A sentence is about a setting if most words of the name are in it, or all where the amount has no unit.
 */
export function unnamedQuotes(sentence: string, settings: readonly QuotableSetting[]): readonly string[] {
  return settings.flatMap((setting) =>
    isNamed(sentence, setting) || !isAbout(sentence, setting)
      ? []
      : amountsIn(sentence)
          .filter((amount) => isDefault(amount, setting))
          .map(
            ([quote]) =>
              `"${quote}" is the default of ${setting.names[0] ?? ""}, which is not named: ${sentence}`,
          ),
  );
}

function isNamed(sentence: string, { names }: QuotableSetting): boolean {
  return names.some((name) => new RegExp(`(?<!\\w)${name}(?!\\w)`, "i").test(sentence));
}

function isAbout(sentence: string, { names: [name = ""], unit }: QuotableSetting): boolean {
  const words = name.split("_").filter((word) => !SAYS_LITTLE.test(word));
  const text = sentence.replaceAll(/time-out/gi, "timeout");
  const said = words.filter((word) => new RegExp(`\\b${word.slice(0, 5)}`, "i").test(text)).length;
  return millisecondsIn(unit) === undefined
    ? words.length > 0 && said === words.length
    : said * 2 > words.length;
}

function amountsIn(sentence: string): readonly RegExpMatchArray[] {
  return [
    ...sentence.matchAll(
      new RegExp(
        `\\b(?<number>${NUMBER})(?:[ -](?<unit>${UNIT}))?\\b(?! ?(?:[KMG]i?B|%|hundred|thousand|million))`,
        "gi",
      ),
    ),
  ];
}

function isDefault({ groups = {} }: RegExpMatchArray, setting: QuotableSetting): boolean {
  const isTime = millisecondsIn(setting.unit) !== undefined;
  if (isTime !== (groups.unit !== undefined)) return false;
  // "one" and "each" are articles more often than numbers.
  if (!isTime && /^(?:one|each)$/i.test(groups.number ?? "")) return false;
  return amountOf(groups, setting.unit) === setting.default;
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
  /** Said to be so in production. */
  readonly production: boolean;
}

function quotesOf(text: string, { names, unit }: QuotableSetting): readonly Quote[] {
  const name = `(?<name>${names.map((each) => each.replace(".", "\\.")).join("|")})`;
  const amount = `(?<number>${NUMBER})(?: (?<unit>${UNIT}))?\\b`;
  const after = new RegExp(
    `(?<![\\w.])${name}\`?\\*{0,2}(?:,| \\(|:| is) ?(?:default |one code in )?(?<quote>${amount})(?<production> in production)?`,
    "gi",
  );
  const before = new RegExp(`\\b(?<quote>${amount}) \\(\`?${name}\\b`, "gi");
  return [...text.matchAll(after), ...text.matchAll(before)].map(({ groups = {} }) => ({
    name: groups.name ?? "",
    quote: groups.quote ?? "",
    value: amountOf(groups, unit),
    production: groups.production !== undefined,
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

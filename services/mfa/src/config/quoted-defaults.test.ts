import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configurationReference } from "@countersign/security-config";
import { describe, expect, test } from "vitest";
import { LISTENER_SETTINGS } from "./listener/listener-config.js";
import { countQuotes, quotableSettings, unnamedQuotes, wrongQuotes } from "./quoted-defaults.fixture.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const POLICY = "proto/countersign/policy/v1/security_policy.proto";
const settings = quotableSettings();

const filesIn = (folder: string, ending: string) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);

const pages = [
  ...filesIn("docs", ".md").filter((name) => !/^docs\/(api|decisions)\//.test(name)),
  ...filesIn("proto/countersign/mfa", ".proto"),
  "README.md",
  "k8s/README.md",
];

/** Prose in one line: a quote may be broken over two. Tables that are made from the settings need no reading. */
function textOf(name: string): string {
  return readFileSync(`${ROOT}${name}`, "utf8")
    .replace(/<!-- (settings|security-config): [\s\S]*?<!-- \1: end -->/g, "")
    .replaceAll(/\s*\n\s*(?:\/\/)?\s*/g, " ");
}

test("every default that a page or a proto quotes is the one in the code", () => {
  const wrong = pages.flatMap((name) =>
    wrongQuotes(textOf(name), settings).map((each) => `${name}: ${each}`),
  );
  expect(wrong).toEqual([]);
});

test("the quotes are found", () => {
  const found = pages.reduce((sum, name) => sum + countQuotes(textOf(name), settings), 0);
  expect(found).toBeGreaterThan(30);
});

/** What a reader knows as a setting must be quoted with its name, or no test would find it. */
const TOPICS = [
  [/\bcooldown\b/i, /\d+ (?:seconds|minutes)/, /SEND_COOLDOWN/],
  [/\bbackup codes (?:are )?made/i, /\d+/, /backup_codes_count/i],
  [
    /\battempts?\b.*\block/i,
    /\bafter (?:\d+|three|five) (?:attempts|wrong codes)/,
    /max_verification_attempts/i,
  ],
  [/\bretention\b/i, /\b\d+ days/, /retention_days/i],
] as const;

test.each(pages)("%s names the setting whose default it quotes", (name) => {
  const sentences = textOf(name).split(/(?<=[.;|])\s/);
  const unnamed = TOPICS.flatMap(([topic, amount, setting]) =>
    sentences.filter((each) => topic.test(each) && amount.test(each) && !setting.test(each)),
  );
  expect(unnamed).toEqual([]);
});

/** Numbers of their own that happen to be a default: of measurements, and of tables over several settings. */
const NOT_QUOTED = [
  /TOTP, 6 digits, ±1/,
  /800 health watches a second over four connections/,
  /one set of ten backup codes/,
  /hashing ten takes a quarter of a second/,
];

test.each(pages)("%s names every setting whose default it tells", (name) => {
  const prose = textOf(name).replaceAll(/```.*?```/g, " ");
  const sentences = prose.split(/(?<=[.;|])\s/).filter((each) => !NOT_QUOTED.some((own) => own.test(each)));
  expect(sentences.flatMap((each) => unnamedQuotes(each, settings))).toEqual([]);
});

describe("a default without its setting's name is found", () => {
  test.each([
    ["The folder of keys is read again (reload) every ten seconds.", "KEY_RELOAD_INTERVAL_MS"],
    ["A delivery that is tried ends after 4 s, the time-out.", "DELIVERY_TRY_TIMEOUT_MS"],
    ["The password must have a length of 12 characters.", "PASSWORD_MIN_LENGTH"],
    ["Audit rows are kept for a retention of 365 days.", "AUDIT_RETENTION_DAYS"],
  ])("a default without its setting's name is found: %s", (sentence, setting) => {
    expect(unnamedQuotes(sentence, settings).join()).toContain(`is the default of ${setting}`);
    expect(unnamedQuotes(`${sentence} (${setting})`, settings).join()).not.toContain(setting);
  });

  test("a default of production is held to that", () => {
    expect(wrongQuotes("**`DRAIN_DELAY_MS`** (5 s in production)", settings)).toEqual([]);
    expect(wrongQuotes("**`DRAIN_DELAY_MS`** (6 s in production)", settings)).toHaveLength(1);
    expect(wrongQuotes("**`DRAIN_DELAY_MS`** (5 s)", settings)).toHaveLength(1);
  });
});

test("examples call the ports that are the defaults", () => {
  const ports = new Set([LISTENER_SETTINGS.PORT.default, LISTENER_SETTINGS.ADMIN_PORT.default].map(String));
  const called = pages.flatMap((name) =>
    [...textOf(name).matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port = ""]) => ({ name, port })),
  );
  expect(called.filter(({ port }) => !ports.has(port))).toEqual([]);
  expect(called.length).toBeGreaterThan(5);
});

describe("the protos of the policy", () => {
  const source = readFileSync(`${ROOT}${POLICY}`, "utf8");
  /** The comment of each field of each message: `MfaPolicy.required`. */
  const comments = commentsOf(source);
  const messages = new Map(
    [...source.matchAll(/^ {2}(\w+Policy) (\w+) = \d+;/gm)].map(([, type = "", group = ""]) => [group, type]),
  );
  const documented = configurationReference().flatMap(({ path, default: value }) => {
    const [group = "", field = ""] = path.split(".");
    const comment = comments.get(`${messages.get(group) ?? ""}.${field}`);
    return comment === undefined ? [] : [{ path, value, comment }];
  });

  test("the protos of the policy tell the default of every setting", () => {
    const wrong = documented.flatMap(({ path, value, comment }) => {
      const ending = value === null ? "Unset by default." : `Default ${shown(value)}.`;
      return comment.endsWith(ending) ? [] : [`${POLICY}: ${path} must end with "${ending}"`];
    });
    expect(wrong).toEqual([]);
    expect(documented.length).toBeGreaterThan(50);
  });

  function shown(value: unknown): string {
    if (!Array.isArray(value)) return String(value);
    return value.length === 0 ? "empty" : value.join(", ");
  }
});

function commentsOf(source: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let message = "";
  let comment: string[] = [];
  for (const line of source.split("\n").map((each) => each.trim())) {
    const [, opened] = /^message (\w+) \{$/.exec(line) ?? [];
    const [, field] = / (\w+) = \d+;$/.exec(line) ?? [];
    message = opened ?? message;
    if (field !== undefined) found.set(`${message}.${field}`, comment.join(" "));
    comment = line.startsWith("//") ? [...comment, line.slice(2).trim()] : [];
  }
  return found;
}

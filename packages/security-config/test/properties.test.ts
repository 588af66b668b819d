import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  describeProblem,
  describeSecurityConfig,
  loadSecurityConfig,
  Secret,
  type SecurityConfigInput,
  type SecurityConfigOverrides,
  type SettingReference,
  securityWarnings,
} from "../src/index.js";
import { arbitraryInput, CANARY, goodValue, SETTINGS, withEntry } from "./arbitrary-inputs.js";

const NOW = new Date("2026-01-01T00:00:00Z");
const PLACES = ["file", "env", "overrides"] as const;
type Place = (typeof PLACES)[number];
type Given = readonly [SettingReference, Place, unknown];

/** An input that gives each value in its place. */
function inputOf(given: readonly Given[]): SecurityConfigInput {
  const inPlace = (place: Place) => given.filter(([, at]) => at === place);
  const file = inPlace("file").map(([{ path }, , value]) => [path.split("."), value] as const);
  const overrides = inPlace("overrides").map(([{ keys }, , value]) => [keys, value] as const);
  return {
    env: Object.fromEntries(inPlace("env").map(([{ env }, , value]) => [env, String(value)])),
    file: { path: "f", text: JSON.stringify(file.reduce<object>(withEntry, {})) },
    overrides: overrides.reduce<object>(withEntry, {}),
  };
}

describe("any mix of sources", () => {
  it("any mix of sources gives a sound configuration or a list of problems, and never throws", () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const result = loadSecurityConfig(input);
        if (!result.ok) {
          expect(result.problems.length).toBeGreaterThan(0);
          expect(result.problems.map(describeProblem).every((line) => /^[^\n]+$/.test(line))).toBe(true);
          return;
        }
        const { level, ...overrides } = result.config;
        const again = loadSecurityConfig({ env: {}, level, overrides: given(overrides) });
        expect(again).toMatchObject({ ok: true, config: result.config });
      }),
      { numRuns: 1000 },
    );
  });

  it("any mix of sources gives the same answer each time", () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        expect(loadSecurityConfig(input)).toEqual(loadSecurityConfig(input));
      }),
    );
  });
});

/** A configuration as overrides: what is absent is left out. */
function given(config: object): SecurityConfigOverrides {
  const present = Object.entries(config).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([key, value]: [string, unknown]) => [key, isGroup(value) ? given(value) : value]),
  );
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Secret);
}

describe("of many bad values in many places", () => {
  const WRONG: Readonly<Record<Place, unknown>> = { file: { a: 1 }, env: "", overrides: null };
  const spots = SETTINGS.filter(({ path, type }) => path !== "security_level" && type !== "list").flatMap(
    (setting) => PLACES.map((place): Given => [setting, place, WRONG[place]]),
  );

  it("every one is reported, and nothing else", () => {
    fc.assert(
      fc.property(fc.subarray(spots), (wrong) => {
        const result = loadSecurityConfig(inputOf(wrong));
        const found = result.ok ? [] : result.problems.map(({ path, source }) => `${path} ${source.kind}`);
        const kinds = { file: "file", env: "environment", overrides: "override" };
        expect(found.sort()).toEqual(wrong.map(([{ path }, place]) => `${path} ${kinds[place]}`).sort());
      }),
    );
  });
});

describe("of one setting in several places", () => {
  const free = SETTINGS.filter(
    ({ path, type }) => type !== "secret" && !/client_id|security_level/.test(path),
  );

  it("the value of the strongest place holds, whatever the setting", () => {
    const case_ = fc
      .constantFrom(...free)
      .chain((setting) =>
        fc.tuple(
          fc.constant(setting),
          fc.subarray([...PLACES], { minLength: 1 }),
          fc.array(goodValue(setting), { minLength: 3, maxLength: 3 }),
        ),
      );
    fc.assert(
      fc.property(case_, ([setting, places, values]) => {
        const result = loadSecurityConfig(
          inputOf(places.map((place, index) => [setting, place, values[index]])),
        );
        if (!result.ok) throw new Error(result.problems.map(describeProblem).join("\n"));
        const row = describeSecurityConfig(result).find(({ path }) => path === setting.path);
        const isProviders = setting.path.startsWith("oauth_providers");
        expect(row?.value).toEqual(isProviders ? null : values[places.length - 1]);
        expect(row?.source).toMatch(
          { file: /^file/, env: /^environment/, overrides: /^override/ }[places.at(-1) ?? "env"],
        );
      }),
    );
  });
});

describe("a secret, well or badly given, from whatever place,", () => {
  const secrets = SETTINGS.filter(({ secret }) => secret);
  const shapes = [CANARY, `${CANARY}\n`, [CANARY], { a: CANARY }, CANARY.repeat(3000)];
  const spots = secrets.flatMap((setting) =>
    PLACES.flatMap((place) => shapes.map((value): Given => [setting, place, value])),
  );

  it("a secret, well or badly given, from whatever place, shows in nothing that loading, describing and warning give", () => {
    fc.assert(
      fc.property(
        fc.subarray(spots, { maxLength: 6 }),
        fc.constantFrom("development", "production"),
        (held, name) => {
          const input = inputOf(held);
          const result = loadSecurityConfig({ ...input, env: { ...input.env, ENVIRONMENT: name } });
          const told = result.ok
            ? [result, describeSecurityConfig(result), securityWarnings(result.config, { now: NOW })]
            : [result, result.problems.map(describeProblem)];
          expect(inspect(told, { depth: null, showHidden: true }) + JSON.stringify(told)).not.toContain(
            CANARY,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    `environment: { secret_key: "${CANARY} }`,
    `environment:\n secret_key: ${CANARY}\n  x: *${CANARY}`,
    `!${CANARY} a: !x${CANARY} b`,
    `{"secret_key": "${CANARY}",,}`,
  ])(
    "a secret, well or badly given, from whatever place, shows in no message about a broken file: %#",
    (text) => {
      const result = loadSecurityConfig({ env: {}, file: { path: "f", text } });
      expect(result.ok).toBe(false);
      expect(inspect(result, { depth: null })).not.toContain(CANARY);
    },
  );

  it("a secret, well or badly given, from whatever place, shows in no message about a NAME_FILE that names the wrong file or cannot be read", () => {
    const env = Object.fromEntries(SETTINGS.map((setting) => [`${setting.env}_FILE`, "/f"]));
    const readers = [
      () => CANARY,
      () => `${CANARY},US`,
      () => {
        throw Object.assign(new Error(CANARY), { code: CANARY });
      },
    ];
    for (const readFile of readers) {
      expect(inspect(loadSecurityConfig({ env, readFile }), { depth: null })).not.toContain(CANARY);
    }
  });
});

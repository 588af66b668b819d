import fc from "fast-check";
import { configurationReference, type SecurityConfigInput, type SettingReference } from "../src/index.js";

/** A value that nothing may ever show. */
export const CANARY = "cAnArY7rT2mWx9LpBv4KsN8dYc3HfJ5gUe6A";

export const SETTINGS = configurationReference();

const setting = fc.constantFrom(...SETTINGS);

/** A value that suits the setting. */
export function goodValue({ type, choices, presets, ...known }: SettingReference): fc.Arbitrary<unknown> {
  if (type === "boolean") return fc.boolean();
  if (type === "choice") return fc.constantFrom(...(choices ?? []));
  if (type === "list" && choices !== undefined) return fc.subarray([...choices], { minLength: 1 });
  if (type === "secret") return fc.string({ minLength: 1 });
  if (known.default === null) return fc.constantFrom("a.example", "b.example");
  return fc.constantFrom(known.default, ...Object.values(presets));
}

/** A value that mostly suits the setting, else a near miss or anything at all. */
function roughValue(one: SettingReference): fc.Arbitrary<unknown> {
  const items = one.choices ?? ["US", "10.0.0.0/8", "https://a.example"];
  const rough = fc.oneof(
    fc.subarray([...items]),
    fc.constantFrom(...items, CANARY),
    fc.integer({ min: -1, max: 1000 }),
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
    }),
  );
  return mostly(goodValue(one), rough);
}

function mostly<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 19, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

/** A mapping of some settings in the names that `keysOf` returns, sometimes with an unknown key. */
function mapping(keysOf: (setting: SettingReference) => readonly string[]): fc.Arbitrary<object> {
  const known = setting.chain((one) => fc.tuple(fc.constant(keysOf(one)), roughValue(one)));
  const unknown = fc.tuple(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), fc.anything());
  return fc
    .array(mostly<readonly [readonly string[], unknown]>(known, unknown), { maxLength: 8 })
    .map((entries) => entries.reduce<object>(withEntry, {}));
}

/** The mapping with one more value, at the place that the keys lead to. */
export function withEntry(root: object, [keys, value]: readonly [readonly string[], unknown]): object {
  const [key = "", ...rest] = keys;
  const inner: unknown = Object.getOwnPropertyDescriptor(root, key)?.value;
  const nested = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  return { ...root, [key]: rest.length === 0 ? value : withEntry(nested, [rest, value]) };
}

/** The value as JSON, or as text if it has no JSON. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "{";
  }
}

const variable = setting.chain((one) =>
  fc.tuple(
    mostly(fc.constant(one.env), fc.constantFrom(`${one.env}_FILE`, one.env.slice(1))),
    mostly(goodValue(one).map(String), fc.oneof(fc.string(), roughValue(one).map(jsonOf))),
  ),
);

const file = fc.record({
  path: fc.string(),
  text: mostly(
    mapping(({ path }) => path.split(".")).map(jsonOf),
    fc.oneof(
      fc.string(),
      fc.string().map((text) => `mfa:\n  ${text}`),
    ),
  ),
});

/** Any mix of sources, sound and broken, typed and not. */
export const arbitraryInput = fc.record({
  env: fc.array(variable, { maxLength: 8 }).map((entries) => Object.fromEntries(entries)),
  file: mostly<SecurityConfigInput["file"]>(
    file,
    fc.constantFrom(undefined, { path: "f", unreadable: "ENOENT" }),
  ),
  level: mostly<unknown>(fc.constantFrom(undefined, "LOW", "HIGH", "ENTERPRISE"), fc.anything()),
  overrides: mostly<unknown>(
    mapping(({ keys }) => keys),
    fc.anything(),
  ),
  readFile: fc.constantFrom(undefined, () => CANARY, throwCanary),
}) as fc.Arbitrary<SecurityConfigInput>;

function throwCanary(): never {
  throw new Error(CANARY);
}

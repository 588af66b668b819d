import { z } from "zod";
import type { Field, FieldText, ValueForm } from "./field.js";
import type { Secret } from "./secret.js";
import { choiceForm, listForm, secretForm, textForm } from "./value-forms.js";

interface NumberSpec extends FieldText {
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly inProduction?: number;
  readonly unit?: string;
}

/** The specification of a setting without a default. */
interface OptionalSpec extends FieldText {
  readonly absent?: string;
}

// Each kind passes on the rest of its specification, such as who enforces a setting of the platform.

/** A whole number within inclusive limits. */
export function integer<const X extends object>(spec: NumberSpec & X): Field<number> & X {
  const accepts = `a whole number${spec.unit === undefined ? "" : ` of ${spec.unit}`}, ${spec.min} to ${spec.max}`;
  const error = `must be ${accepts}`;
  return {
    ...spec,
    kind: "integer",
    accepts,
    schema: z.int({ error }).min(spec.min, { error }).max(spec.max, { error }),
    fromText: (text) => (/^(?:0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text),
  };
}

/** A number within inclusive limits, with or without decimals. */
export function decimal<const X extends object>(spec: NumberSpec & X): Field<number> & X {
  const accepts = `a number, ${spec.min} to ${spec.max}`;
  const error = `must be ${accepts}`;
  return {
    ...spec,
    kind: "decimal",
    accepts,
    schema: z.number({ error }).min(spec.min, { error }).max(spec.max, { error }),
    fromText: (text) => (/^-?(?:0|[1-9]\d{0,9})(?:\.\d{1,6})?$/.test(text) ? Number(text) : text),
  };
}

interface FlagSpec extends FieldText {
  readonly default: boolean;
  readonly inProduction?: boolean;
}

/** A switch; in the environment exactly `true` or `false`. */
export function flag<const X extends object>(spec: FlagSpec & X): Field<boolean> & X {
  return {
    ...spec,
    kind: "boolean",
    accepts: "true or false",
    schema: z.boolean({ error: "must be true or false" }),
    fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
  };
}

/** One of a closed set. */
export function choice<const C extends string | number, const X extends object>(
  choices: readonly C[],
  spec: FieldText & { readonly default: NoInfer<C> } & X,
): Field<C> & X {
  return { ...choiceForm(choices), ...spec, kind: "choice" };
}

/** One of a closed set, or nothing. */
export function optionalChoice<const C extends string | number, const X extends object>(
  choices: readonly C[],
  spec: OptionalSpec & X,
): Field<C | undefined> & X {
  return { ...choiceForm(choices), ...spec, kind: "choice", default: undefined };
}

/** Text of a given form, always present. */
export function text<const X extends object>(
  form: ValueForm<string>,
  spec: FieldText & { readonly default: string } & X,
): Field<string> & X {
  return { ...form, ...spec, kind: "text" };
}

/** A value of a given form that may be absent. */
export function optionalText<T, const X extends object>(
  form: ValueForm<NonNullable<T>>,
  spec: OptionalSpec & X,
): Field<T | undefined> & X {
  return { ...form, ...spec, kind: "text", default: undefined };
}

const MAX_LENGTH = 65_536;

/** Text without further rules: an address, the name of a file, a name. */
export const anyText: ValueForm<string> = textForm({
  accepts: `text of 1 to ${MAX_LENGTH} characters`,
  maxLength: MAX_LENGTH,
  matches: (value) => value !== "",
});

/** A secret. It never has a default: a published default is a key that everyone has. */
export function secret<const X extends object>(spec: FieldText & X): Field<Secret | undefined> & X {
  return { ...secretForm(), ...spec, kind: "secret", default: undefined };
}

interface ListSpec<T> extends FieldText {
  readonly default: readonly NoInfer<T>[];
  /** 1 if the list must not be empty. */
  readonly minItems?: 1;
}

/** A list without duplicates, each item of a given form. */
export function list<T, const X extends object>(
  item: ValueForm<T>,
  spec: ListSpec<T> & X,
): Field<readonly T[]> & X {
  return { ...listForm(item, spec.minItems ?? 0), ...spec, kind: "list" };
}

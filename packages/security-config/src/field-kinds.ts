import { z } from "zod";
import type { Field, FieldText, ValueForm } from "./field.js";
import type { Secret } from "./secret.js";
import { choiceForm, listForm, secretForm } from "./value-forms.js";

interface NumberSpec extends FieldText {
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly unit?: string;
}

/** A whole number within limits, both included. */
export function integer(spec: NumberSpec): Field<number> {
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

/** A number within limits, both included, with or without decimals. */
export function decimal(spec: NumberSpec): Field<number> {
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

/** A switch; in the environment exactly `true` or `false`. */
export function flag(spec: FieldText & { readonly default: boolean }): Field<boolean> {
  return {
    ...spec,
    kind: "boolean",
    accepts: "true or false",
    schema: z.boolean({ error: "must be true or false" }),
    fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
  };
}

/** One of a closed set. */
export function choice<const C extends string | number>(
  choices: readonly C[],
  spec: FieldText & { readonly default: NoInfer<C> },
): Field<C> {
  return { ...choiceForm(choices), ...spec, kind: "choice" };
}

/** Text of one form, always present. */
export function text(form: ValueForm<string>, spec: FieldText & { readonly default: string }): Field<string> {
  return { ...form, ...spec, kind: "text" };
}

/** Text of one form that may be absent. */
export function optionalText(form: ValueForm<string>, spec: FieldText): Field<string | undefined> {
  return { ...form, ...spec, kind: "text", default: undefined };
}

/** A secret. It never has a default: a published default is a key that everyone holds. */
export function secret(spec: FieldText): Field<Secret | undefined> {
  return { ...secretForm(), ...spec, kind: "secret", default: undefined };
}

interface ListSpec<T> extends FieldText {
  readonly default: readonly NoInfer<T>[];
  /** 1 where the empty list would leave nothing to choose from. */
  readonly minItems?: 1;
}

/** A list without repeats, each item of one form. */
export function list<T>(item: ValueForm<T>, { minItems, ...spec }: ListSpec<T>): Field<readonly T[]> {
  return { ...listForm(item, minItems ?? 0), ...spec, kind: "list" };
}

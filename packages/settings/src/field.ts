import type { z } from "zod";

/** What the author of a setting says about it; the kind of field adds the rest. */
export interface FieldText {
  /** What the value means, special values included. */
  readonly doc: string;
  /** The value never prints. A field of kind "secret" never does. */
  readonly secret?: true;
}

/** How one value is described, judged and read from text. */
export interface ValueForm<T> {
  /** Type and limits as a noun phrase, to stand after "must be": `a whole number of minutes, 1 to 1440`. */
  readonly accepts: string;
  /** Judges a typed value; never coerces. Its messages never repeat the value. */
  readonly schema: z.ZodType<T>;
  /** Turns an environment string into the typed value, or gives the string back for the schema to refuse. */
  readonly fromText: (text: string) => unknown;
  /** The closed set that the value, or each item of it, comes from. */
  readonly choices?: readonly (string | number)[];
}

export type FieldKind = "boolean" | "integer" | "decimal" | "choice" | "text" | "secret" | "list";

/** Everything known about one setting save its place: the only home of its type, limits, unit, default and documentation. */
export interface Field<T> extends FieldText, ValueForm<NonNullable<T>> {
  readonly kind: FieldKind;
  readonly unit?: string;
  readonly default: T;
  /** The default in production, if it is another one there. */
  readonly inProduction?: T;
  /** For a setting without a default: what happens while it is not set, as the documentation tells it. */
  readonly absent?: string;
}

/** Settings by the variable that sets each. */
export type SettingTable = Readonly<Record<string, Field<unknown>>>;

/** The values of a table's settings, by the same names. */
export type SettingValues<T extends SettingTable> = {
  readonly [K in keyof T]: T[K] extends Field<infer V> ? V : never;
};

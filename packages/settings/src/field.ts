import type { z } from "zod";

/** The author's part of a setting's description; the kind of field adds the rest. */
export interface FieldText {
  /** What the value means, special values included. */
  readonly doc: string;
  /** The value is never printed. Always so for a field of kind "secret". */
  readonly secret?: true;
}

/** How one value is described, validated and parsed from text. */
export interface ValueForm<T> {
  /** Type and limits as a noun phrase, to follow "must be": `a whole number of minutes, 1 to 1440`. */
  readonly accepts: string;
  /** Validates a typed value; never coerces. Its messages never repeat the value. */
  readonly schema: z.ZodType<T>;
  /** Parses an environment string to the typed value, or returns the string for the schema to refuse. */
  readonly fromText: (text: string) => unknown;
  /** The closed set of the value, or of each item. */
  readonly choices?: readonly (string | number)[];
}

export type FieldKind = "boolean" | "integer" | "decimal" | "choice" | "text" | "secret" | "list";

/** Everything about one setting except its place: the only definition of its type, limits, unit, default and documentation. */
export interface Field<T> extends FieldText, ValueForm<NonNullable<T>> {
  readonly kind: FieldKind;
  readonly unit?: string;
  readonly default: T;
  /** The default in production, if it differs there. */
  readonly inProduction?: T;
  /** For a setting without a default: what happens while it is not set, for the documentation. */
  readonly absent?: string;
}

/** Settings by their variables. */
export type SettingTable = Readonly<Record<string, Field<unknown>>>;

/** The values of a table's settings, by the same names. */
export type SettingValues<T extends SettingTable> = {
  readonly [K in keyof T]: T[K] extends Field<infer V> ? V : never;
};

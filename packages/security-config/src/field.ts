import type { z } from "zod";

/** Who acts on a setting: this service, the platform's other services that read the policy from it, or both. */
export type Enforcer = "countersign" | "platform" | "both";

/** What the author of a setting says about it; the kind of field adds the rest. */
export interface FieldText {
  /** What the value means, special values included. */
  readonly doc: string;
  readonly enforcedBy: Enforcer;
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
}

/** The fields of one group, held to the group's type: a field missing, misnamed or of another type does not compile. */
export type FieldTable<T> = { readonly [K in keyof T]-?: Field<T[K]> };

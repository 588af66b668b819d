import { z } from "zod";
import type { ValueForm } from "./field.js";
import { Secret } from "./secret.js";

interface TextRule {
  readonly accepts: string;
  /** In UTF-16 units. */
  readonly maxLength: number;
  readonly matches: (text: string) => boolean;
}

/** Text of one kind. */
export function textForm({ accepts, maxLength, matches }: TextRule): ValueForm<string> {
  const error = `must be ${accepts}`;
  return {
    accepts,
    schema: z.string({ error }).refine((text) => text.length <= maxLength && matches(text), { error }),
    fromText: (text) => text,
  };
}

/** A value parsed from text, with a message for each way in which the text can be wrong. */
export function parsedForm<T>({
  accepts,
  parse,
}: {
  readonly accepts: string;
  readonly parse: (
    text: string,
  ) => { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };
}): ValueForm<T> {
  const schema = z.string({ error: `must be ${accepts}` }).transform((text, context) => {
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: "custom", message: parsed.problem });
    return z.NEVER;
  });
  return { accepts, schema, fromText: (text) => text };
}

/** One of a closed set. Names are read in any case: `high` means HIGH. The result has the spelling of the set. */
export function choiceForm<const C extends string | number>(choices: readonly C[]): ValueForm<C> {
  const accepts = choices.length === 1 ? `exactly ${choices.join()}` : `one of ${choices.join(", ")}`;
  const toName = (value: unknown) =>
    choices.find((known) => typeof known === "string" && isSameName(known, value)) ?? value;
  return {
    choices,
    accepts,
    schema: z.preprocess(toName, z.literal([...choices], { error: `must be ${accepts}` })),
    fromText: (text) => choices.find((known) => isSameName(String(known), text)) ?? text,
  };
}

function isSameName(known: string, value: unknown): boolean {
  return typeof value === "string" && known.toLowerCase() === value.toLowerCase();
}

const MAX_SECRET_LENGTH = 65_536;

/** A secret, as text or already wrapped. */
export function secretForm(): ValueForm<Secret> {
  const accepts = `text of 1 to ${MAX_SECRET_LENGTH} characters`;
  const wrapped = z.instanceof(Secret).refine((value) => secretFits(value.reveal()));
  const plain = z
    .string()
    .refine(secretFits)
    .transform((value) => new Secret(value));
  return {
    accepts,
    schema: z.union([wrapped, plain], { error: `must be ${accepts}` }),
    fromText: (text) => text,
  };
}

function secretFits(value: string): boolean {
  return value.length > 0 && value.length <= MAX_SECRET_LENGTH;
}

const MAX_ITEMS = 1000;

/** A list without duplicates; in the environment separated by commas, with the empty string as the empty list. */
export function listForm<T>(item: ValueForm<T>, minItems: 0 | 1): ValueForm<readonly T[]> {
  const most = item.choices === undefined ? ` of at most ${MAX_ITEMS} items` : "";
  const accepts = `a list without repeats${most}${minItems === 1 ? ", not empty" : ""}, each item ${item.accepts}`;
  const error = `must be ${accepts}`;
  const schema = z
    .array(item.schema, { error })
    .min(minItems, { error })
    .max(MAX_ITEMS, { error })
    .refine((items) => new Set(items).size === items.length, { error: "must not name the same item twice" });
  return {
    accepts,
    schema,
    fromText: (text) => (text === "" ? [] : text.split(",").map((piece) => item.fromText(piece.trim()))),
    ...(item.choices === undefined ? {} : { choices: item.choices }),
  };
}

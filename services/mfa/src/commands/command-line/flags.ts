import { parseReason } from "../../domain/admin/admin-reason.js";

/** Flags shared by several commands. */
export const JSON_FLAG = {
  kind: "boolean",
  optional: true,
  withNegated: false,
  brief: "Print lines of JSON for programs in place of text",
} as const;

/** A boolean flag without a negation. */
export function switchFlag(brief: string) {
  return { kind: "boolean", optional: true, withNegated: false, brief } as const;
}

/** A flag with a text value. */
export function textFlag(placeholder: string, brief: string) {
  return { kind: "parsed", optional: true, parse: String, placeholder, brief } as const;
}

/** A flag with a whole number. */
export function numberFlag(brief: string, range: { readonly min: number; readonly max: number }) {
  return { kind: "parsed", optional: true, parse: wholeNumber(range), placeholder: "N", brief } as const;
}

/** Who decided and why, for the audit log. */
export const REASON_FLAG = {
  kind: "parsed",
  parse: reason,
  placeholder: "TEXT",
  brief: "Who decided and why, for the audit log",
} as const;

/** A parser's error is printed after the name of the flag. It must not repeat the value. */
function wholeNumber({ min, max }: { readonly min: number; readonly max: number }): (text: string) => number {
  return (text) => {
    const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new Error(`must be a whole number from ${min} to ${max}`);
  };
}

function reason(text: string): string {
  const parsed = parseReason(text);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.problem);
}

/** A point in time, such as 2026-11-23T00:00:00Z. */
export function time(text: string): Date {
  const parsed = new Date(text);
  if (!Number.isNaN(parsed.getTime())) return parsed;
  throw new Error("must be a time such as 2026-11-23T00:00:00Z");
}

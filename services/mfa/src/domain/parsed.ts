/** Parsed input: the value in canonical form, or what is wrong with it (never the value itself). */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function problem(text: string): Parsed<never> {
  return { ok: false, problem: text };
}

import { type z } from "zod";

/** Parses a posted body; undefined for anything else. */
export function parseBody<T extends z.ZodType>(wanted: T, body: string): z.infer<T> | undefined {
  const parsed = wanted.safeParse(parseJson(body));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A JSON answer in one line. */
export function jsonPage(value: object): { readonly contentType: string; readonly body: string } {
  return { contentType: "application/json", body: `${JSON.stringify(value)}\n` };
}

/** Refuses a body, and says what is expected. */
export function badRequest(wanted: string): {
  readonly status: 400;
  readonly contentType: string;
  readonly body: string;
} {
  return { status: 400, contentType: "text/plain; charset=utf-8", body: `${wanted}\n` };
}

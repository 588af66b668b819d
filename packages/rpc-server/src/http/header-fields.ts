import type { IncomingHttpHeaders } from "node:http";

/** Headers as Node's servers accept them. */
export type HeaderFields = Record<string, string>;

/** The effective value of a header that was sent several times. */
export function firstValue(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Node's headers as web Headers, without HTTP/2's pseudo-headers. */
export function webHeaders(incoming: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}

/** Web Headers as Node's servers accept them. */
export function fieldsOf(headers: Headers | undefined): HeaderFields {
  return headers === undefined ? {} : Object.fromEntries(headers);
}

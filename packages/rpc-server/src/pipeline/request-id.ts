import { randomUUID } from "node:crypto";

export const REQUEST_ID_HEADER = "x-request-id";

const ACCEPTABLE = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** The client's id if it is safe for logs and headers, else a new UUID. */
export function requestIdFrom(offered: string | undefined): string {
  return offered !== undefined && ACCEPTABLE.test(offered) ? offered : randomUUID();
}

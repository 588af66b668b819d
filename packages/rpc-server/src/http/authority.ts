import { constants, type IncomingHttpHeaders } from "node:http2";

const HOST = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[\w.~%-]{1,255})(?::\d{1,5})?$/;

/** Whether a Host header or :authority names one host. RFC 9112 section 3.2 asks for 400 if it does not. */
export function isWellFormedAuthority(authority: string): boolean {
  return HOST.test(authority);
}

/**
 * The host of an HTTP/2 request. Empty, which is malformed, if its Host header differs from its :authority: a proxy before this service may have used
 * either (RFC 9113 section 8.3.1).
 */
export function authorityOf(headers: IncomingHttpHeaders): string | undefined {
  const { host, [constants.HTTP2_HEADER_AUTHORITY]: named } = headers;
  const authority = Array.isArray(named) ? named[0] : named;
  if (authority === undefined || host === undefined) return authority ?? host;
  return authority.toLowerCase() === host.toLowerCase() ? authority : "";
}

/**
 * Whether the text is an origin exactly as a browser sends it in the Origin header (RFC 6454): scheme http or https, host and port only. The
 * wildcard, `null`, paths, default ports and upper case are refused, so that a plain comparison is correct.
 */
export function isWebOrigin(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text;
}

/** Whether the text is an https address that can be used unchanged: no credentials and no fragment. */
export function isHttpsUrl(text: string): boolean {
  const url = parseUrl(text);
  return url?.protocol === "https:" && url.username === "" && url.password === "" && !/[#\s]/.test(text);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

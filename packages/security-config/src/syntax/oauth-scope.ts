/** Whether the text is a list of OAuth scope tokens (RFC 6749 section 3.3), each separated by one blank. */
export function isOAuthScope(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text);
}

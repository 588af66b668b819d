const HOST = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[\w.~%-]{1,255})(?::\d{1,5})?$/;

/** Whether a Host header or :authority names one host. RFC 9112 section 3.2 asks for 400 if it does not. */
export function isWellFormedAuthority(authority: string): boolean {
  return HOST.test(authority);
}

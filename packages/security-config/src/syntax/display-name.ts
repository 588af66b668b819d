/**
 * Whether a name can be shown in a message or on a screen without changing the text around it: no line breaks, control or invisible formatting
 * characters (right-to-left overrides among them), no lone surrogates, no blanks at the ends.
 */
export function isDisplayName(text: string): boolean {
  return text !== "" && text === text.trim() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

/** Whether a name can be the issuer of an otpauth URI, where a colon ends the issuer and begins the account. */
export function isTotpIssuer(text: string): boolean {
  return isDisplayName(text) && !text.includes(":");
}

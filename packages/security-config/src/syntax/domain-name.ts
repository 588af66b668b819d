const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`);

/** Whether the text is a DNS name in lower-case ASCII (punycode for others) with at least two labels and no final dot. */
export function isDomainName(text: string): boolean {
  return DOMAIN.test(text) && !/(^|\.)\d+$/.test(text);
}

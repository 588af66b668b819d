/** LENGTH: over 64 octets before the @ or 254 in all (RFC 5321 4.5.3.1). MALFORMED: not one of the accepted forms. */
export type EmailAddressProblem = "MALFORMED" | "LENGTH";

/**
 * `address` is the normal form to store, compare and send to: the domain in lower case, the local part as given, because RFC 5321 2.4 leaves its case
 * to the receiving host. `limitKey` is for counting only: hosts fold case, ignore dots and deliver `+tags`, so all such spellings count as one
 * mailbox.
 */
export type ParsedEmailAddress =
  | { readonly ok: true; readonly address: string; readonly limitKey: string }
  | { readonly ok: false; readonly problem: EmailAddressProblem };

const MAX_LOCAL_PART = 64;
const MAX_ADDRESS = 254;

/** Dot-atom of RFC 5322 3.2.3. Quoted strings and comments are refused: they carry @, blanks and folded header lines. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NUMERIC = /^[0-9]+$/;

/** ASCII addresses only; an internationalised domain is given in its `xn--` form. */
export function parseEmailAddress(written: string): ParsedEmailAddress {
  if (written.length > MAX_ADDRESS) {
    return { ok: false, problem: "LENGTH" };
  }
  const [local, domain, ...more] = written.split("@");
  if (local === undefined || domain === undefined || more.length > 0 || !LOCAL_PART.test(local)) {
    return { ok: false, problem: "MALFORMED" };
  }
  if (local.length > MAX_LOCAL_PART) {
    return { ok: false, problem: "LENGTH" };
  }
  const host = lowerCaseAscii(domain);
  if (!isMailDomain(host)) {
    return { ok: false, problem: "MALFORMED" };
  }
  return { ok: true, address: `${local}@${host}`, limitKey: `${mailboxOf(local)}@${host}` };
}

/** At least two labels, the last not a number: neither `localhost` nor an IP address. */
function isMailDomain(host: string): boolean {
  const labels = host.split(".");
  const last = labels.at(-1) ?? "";
  return labels.length >= 2 && !NUMERIC.test(last) && labels.every((label) => DOMAIN_LABEL.test(label));
}

function mailboxOf(local: string): string {
  const lower = lowerCaseAscii(local);
  const tag = lower.indexOf("+");
  // A local part that begins with + has no mailbox before the tag: it is kept whole, so that it never counts as the empty mailbox.
  const mailbox = tag > 0 ? lower.slice(0, tag) : lower;
  return mailbox.replaceAll(".", "");
}

/** The locale-free fold: toLowerCase maps the Kelvin sign and dotted capital I onto ASCII letters. */
function lowerCaseAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));
}

/** First letters and top-level domain, such as `a***@e***.com`; the stars do not reveal the length. */
export function maskEmailAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return `${firstOf(address.slice(0, at))}***@${firstOf(domain)}***${domain.slice(domain.lastIndexOf("."))}`;
}

/** One or two letters would be shown whole or nearly so. */
function firstOf(part: string): string {
  return part.length >= 3 ? part.slice(0, 1) : "";
}

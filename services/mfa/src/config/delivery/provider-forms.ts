import { parsedForm, textForm, type ValueForm } from "@countersign/settings";
import type { Mailbox } from "../../delivery/provider/smtp.js";
import { parseEmailAddress } from "../../domain/destination/email-address.js";
import { parsed, problem } from "../../domain/parsed.js";

const MIN_SECRET = 32;
const MAX_TEXT = 65_536;
const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

export function matching(form: RegExp, accepts: string): ValueForm<string> {
  return textForm({ accepts, maxLength: MAX_TEXT, matches: (text) => form.test(text) });
}

/** An address to post to. The environment decides whether it may be cleartext: see `secureUrl`. */
export const postUrl: ValueForm<URL> = parsedForm({
  accepts: "an https URL without user, password or fragment; http on loopback in development",
  parse: (text) => {
    const url = toUrl(text);
    if (url === undefined) return problem("must be a URL");
    if (url.username !== "" || url.password !== "" || url.hash !== "") {
      return problem("must hold no user, password or fragment");
    }
    return parsed(url);
  },
});

/**
 * What is wrong with the URL, undefined if nothing. Codes and credentials require TLS; the exception is a test double on the developer's own machine.
 */
export function urlFault(url: URL, development: boolean): string | undefined {
  if (url.protocol === "https:") return undefined;
  if (url.protocol === "http:" && development && isLoopback(url.hostname)) return undefined;
  return development ? "must be https, or http on loopback" : "must be https";
}

export function toUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

export const signingSecret: ValueForm<string> = textForm({
  accepts: `at least ${MIN_SECRET} characters long`,
  maxLength: MAX_TEXT,
  matches: (text) => text.length >= MIN_SECRET,
});

/** `no-reply@example.com`, or with a name before it: `Example <no-reply@example.com>`. */
export const mailbox: ValueForm<Mailbox> = parsedForm({
  accepts: "an e-mail address, or a name and an address in angle brackets",
  parse: (text) => {
    const named = /^([^<>]*)<([^<>]+)>$/.exec(text);
    const [name, written] = named === null ? ["", text] : [named[1] ?? "", named[2] ?? ""];
    const address = parseEmailAddress(written);
    if (!address.ok || /[\p{Cc}\p{Cf}"@]/u.test(name)) {
      return problem("must be an e-mail address, or a name and an address in angle brackets");
    }
    return parsed({ name: name.trim(), address: address.address });
  },
});

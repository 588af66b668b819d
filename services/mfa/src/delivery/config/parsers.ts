import { parseEmailAddress } from "../../domain/destination/email-address.js";
import { type Parsed, parsed, problem } from "../../domain/parsed.js";
import type { Mailbox } from "../provider/smtp.js";

const MIN_SECRET = 32;
const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

export function pattern(form: RegExp, meaning: string): (text: string) => Parsed<string> {
  return (text) => (form.test(text) ? parsed(text) : problem(`must be ${meaning}`));
}

/** One of the choices, in any case. */
export function oneOf<const T extends string>(...choices: readonly T[]): (text: string) => Parsed<T> {
  return (text) => {
    const choice = choices.find((each) => each.toLowerCase() === text.toLowerCase());
    return choice === undefined ? problem(`must be one of ${choices.join(", ")}`) : parsed(choice);
  };
}

export function wholeNumber(min: number, max: number): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max
      ? parsed(value)
      : problem(`must be a whole number from ${min} to ${max}`);
  };
}

/** Codes and credentials go over TLS; a test double on the developer's own machine is the one exception. */
export function httpsUrl(development: boolean): (text: string) => Parsed<URL> {
  return (text) => {
    const url = toUrl(text);
    if (url === undefined) return problem("must be a URL");
    if (url.username !== "" || url.password !== "" || url.hash !== "") {
      return problem("must hold no user, password or fragment");
    }
    if (url.protocol === "https:" || (url.protocol === "http:" && development && isLoopback(url.hostname))) {
      return parsed(url);
    }
    return problem(development ? "must be https, or http on loopback" : "must be https");
  };
}

export function toUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

export function signingSecret(text: string): Parsed<string> {
  return text.length >= MIN_SECRET ? parsed(text) : problem(`must be at least ${MIN_SECRET} characters long`);
}

/** `no-reply@example.com`, or with a name before it: `Example <no-reply@example.com>`. */
export function mailbox(text: string): Parsed<Mailbox> {
  const named = /^([^<>]*)<([^<>]+)>$/.exec(text);
  const [name, written] = named === null ? ["", text] : [named[1] ?? "", named[2] ?? ""];
  const address = parseEmailAddress(written);
  if (!address.ok || /[\p{Cc}\p{Cf}"@]/u.test(name)) {
    return problem("must be an e-mail address, or a name and an address in angle brackets");
  }
  return parsed({ name: name.trim(), address: address.address });
}

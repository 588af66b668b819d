import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isGsm7 } from "./gsm7.js";
import { type CodeMessage, MAX_ORIGIN_DOMAIN_LENGTH, renderEmail, renderSms } from "./message.js";
import { TEMPLATES } from "./templates/locale.js";

const LOCALES = TEMPLATES.map((template) => template.locale);
const LONGEST_DOMAIN = `${"a".repeat(MAX_ORIGIN_DOMAIN_LENGTH - 4)}.com`;
const LOGIN: CodeMessage = {
  to: "+12015550123",
  code: "012345",
  minutes: 10,
  locale: "en",
  applicationName: "Acme",
};
const MAIL: CodeMessage = { ...LOGIN, to: "ada@example.com" };

const HOSTILE_NAMES = {
  "a line break": "Acme\n@evil.com #000000",
  "a carriage return": "Acme\r\nBcc: eve@evil.com",
  "a line separator": "Acme\u2028@evil #000000",
  "an origin line": "@evil #000000",
  "six digits": "Acme 000000",
  "digits parted by blanks": "Acme 000 000 0 0",
  "digits parted by hyphens": "0-0-0-0-0-0",
  "digits parted by what is dropped": "123\u200b456 123#456 123漢456 123 @ 456",
  "full-width digits": "Acme ０００００００",
  "circled digits": "①②③④⑤⑥",
  "Arabic digits": "Acme ٠٠٠٠٠٠",
  "right-to-left override": "Acme \u202e000000 dedoc\u202c",
  "bidi isolates": "\u2066Acme\u2069\u200f",
  "zero-width characters": "A\u200bc\u200dm\ufeffe",
  emoji: "Acme 🔐👩‍💻",
  HTML: "<script>alert('1')</script>&amp;\"",
  "an HTML comment": "--><img src=x onerror=alert(1)>",
  "another script": "微信支付",
  "stacked marks": `Z${"\u0301".repeat(500)}`,
  "great length": "Acme ".repeat(500),
  "the SMS extension table": "{Acme} [€] ~^\\|",
  "an escape": "Acme\u001b[2J",
  NUL: "Acme\0",
  "half a surrogate pair": "Acme\ud83d",
  nothing: "",
  "blanks alone": " \t ",
} as const;

const CASES = Object.entries(HOSTILE_NAMES).flatMap(([kind, name]) =>
  LOCALES.map((locale) => [locale, kind, name] as const),
);

describe("SMS", () => {
  test("SMS reads as one sentence with the code in front", () => {
    expect(renderSms({ ...LOGIN, originDomain: undefined })).toEqual({
      to: "+12015550123",
      text: "012345 is your Acme code, valid 10 minutes. Never share it. If you did not ask for it, ignore this.",
    });
  });

  test("SMS ends in the origin-bound line when a domain is configured", () => {
    expect(renderSms({ ...LOGIN, originDomain: "login.example.com" }).text).toBe(
      "Your Acme code is below, valid 10 minutes. Never share it. If you did not ask for it, ignore this.\n" +
        "@login.example.com #012345",
    );
  });

  test("SMS speaks Spanish", () => {
    expect(renderSms({ ...LOGIN, locale: "es-MX", minutes: 1, originDomain: undefined }).text).toBe(
      "Tu clave de Acme es 012345. Caduca en 1 minuto. No la compartas. Si no la pediste, ignora este mensaje.",
    );
  });

  test.each(CASES)("SMS in %s a name with %s changes nothing", (locale, _kind, applicationName) => {
    for (const originDomain of [undefined, "example.com", LONGEST_DOMAIN]) {
      const { text } = renderSms({ ...LOGIN, locale, minutes: 60, applicationName, originDomain });
      expect(text.length).toBeLessThanOrEqual(160);
      expect(isGsm7(text)).toBe(true);
      expect(text.match(/[0-9]{6}/g)).toEqual(["012345"]);
      expect(text.match(/[0-9](?:[^A-Za-z0-9]?[0-9]){4,}/g)).toEqual(["012345"]);
      expect(text.split("\n").slice(1)).toEqual(
        originDomain === undefined ? [] : [`@${originDomain} #012345`],
      );
      expect(text.match(/[@#]/g) ?? []).toHaveLength(originDomain === undefined ? 0 : 2);
    }
  });

  test("a name keeps what it can: accents the alphabet lacks go, the rest stays", () => {
    const { text } = renderSms({
      ...LOGIN,
      applicationName: "Cafè Ñandú & Söhne 365",
      originDomain: undefined,
    });
    expect(text).toContain("your Cafè Ñandu & Söhne 365 code");
  });

  test("full-width letters are written in the ones the alphabet has", () => {
    expect(renderSms({ ...LOGIN, applicationName: "Ａｃｍｅ", originDomain: undefined }).text).toContain(
      "your Acme code",
    );
  });

  test.each(LOCALES)("SMS in %s a long name is cut to what the longest domain leaves", (locale) => {
    const { text } = renderSms({
      ...LOGIN,
      locale,
      applicationName: "N".repeat(200),
      originDomain: LONGEST_DOMAIN,
    });
    expect(text).toHaveLength(160);
    expect(text).toMatch(/N{8}/);
  });

  test("a domain that leaves no room is an error, never two segments", () => {
    expect(() => renderSms({ ...LOGIN, originDomain: `${"a".repeat(70)}.com` })).toThrow(
      "does not fit one segment",
    );
  });
});

describe("e-mail", () => {
  test("e-mail carries the code, its lifetime and a warning in both parts", () => {
    const { to, subject, text, html } = renderEmail(MAIL);
    expect(to).toBe("ada@example.com");
    expect(subject).toBe("Your Acme verification code");
    expect(text).toBe(
      "Your verification code for Acme is:\n\n    012345\n\nIt expires in 10 minutes and works once.\n\n" +
        "If you did not ask for this code, ignore this message. Never give the code to anyone.\n",
    );
    for (const line of text.split("\n").filter((part) => part !== "")) {
      expect(html).toContain(line.trim());
    }
  });

  test("e-mail speaks Spanish, and says so", () => {
    const { subject, html } = renderEmail({ ...MAIL, locale: "es" });
    expect(subject).toBe("Tu código de verificación de Acme");
    expect(html).toContain('<html lang="es" dir="ltr">');
  });

  test.each(CASES)("e-mail in %s a name with %s changes nothing", (locale, _kind, applicationName) => {
    const { subject, text, html } = renderEmail({ ...MAIL, locale, applicationName });
    expect(subject).toMatch(/^[\p{L}\p{M}\p{Nd} .,&'’+!()_-]+$/u);
    expect(subject).not.toMatch(/\p{Nd}{5}/u);
    expect(text.match(/\p{Nd}{6}/gu)).toEqual(["012345"]);
    expect(html.match(/\p{Nd}{6}/gu)).toEqual(["012345"]);
    expect(text).not.toMatch(/[@#<>\p{Cf}\p{Cs}]|[^\n\P{Cc}]/u);
    expect(html.match(/<[a-z!/]+/g)).toEqual(renderEmail({ ...MAIL, locale }).html.match(/<[a-z!/]+/g));
  });

  test("marks that HTML reads are escaped", () => {
    expect(renderEmail({ ...MAIL, applicationName: "O'Neil & Söhne" }).html).toContain(
      "for O&#39;Neil &amp; Söhne is:",
    );
  });
});

describe("locale", () => {
  test.each([
    ["es", "es"],
    ["ES", "es"],
    ["es-419", "es"],
    ["es_MX", "es"],
    ["en-GB", "en"],
    ["", "en"],
    ["de", "en"],
    ["esperanto", "en"],
    ["__proto__", "en"],
    ["constructor", "en"],
    ["es\n", "en"],
    [`es-${"x".repeat(40)}`, "en"],
  ])("%j is written in %s", (locale, expected) => {
    expect(renderEmail({ ...MAIL, locale }).html).toContain(`<html lang="${expected}"`);
  });

  test("every template file is in use, named for its locale", () => {
    const files = readdirSync(new URL("templates/", import.meta.url)).filter((file) =>
      /^[a-z]{2,3}(-\w+)?\.ts$/.test(file),
    );
    expect(files).toEqual(LOCALES.map((locale) => `${locale}.ts`).sort());
  });
});

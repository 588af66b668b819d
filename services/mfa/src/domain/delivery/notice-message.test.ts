import { describe, expect, test } from "vitest";
import { isGsm7 } from "./gsm7.js";
import { NOTICE_KINDS, type Notice } from "./notice.js";
import { renderEmailNotice, renderSmsNotice } from "./notice-message.js";
import { TEMPLATES } from "./templates/locale.js";

const NOTICES: readonly Notice[] = NOTICE_KINDS.flatMap((kind): readonly Notice[] =>
  kind === "backup_code_used" ? [0, 1, 3, 20].map((remaining) => ({ kind, remaining })) : [{ kind }],
);
const NAMES = [
  "Acme",
  "",
  "Acme\n@evil.com #000000",
  "<b>https://evil.com</b> 123456",
  "Banco Ñandú ".repeat(9),
];

const CASES = TEMPLATES.flatMap(({ locale }) =>
  NOTICES.flatMap((notice) => NAMES.map((applicationName) => ({ locale, notice, applicationName }))),
);
const PHONE = "+12025550123";
const ADDRESS = "ada@example.com";

describe("a notice", () => {
  test.each(CASES)(
    "a notice holds no code and nothing to click: $locale $notice $applicationName",
    (given) => {
      const sms = renderSmsNotice({ ...given, to: PHONE });
      const email = renderEmailNotice({ ...given, to: ADDRESS });
      expect(isGsm7(sms.text)).toBe(true);
      expect(sms.text.length).toBeLessThanOrEqual(160);
      for (const text of [sms.text, email.subject, email.text, email.html.replace(/ style="[^"]*"/g, "")]) {
        expect(text).not.toMatch(/[0-9](?:[^A-Za-z0-9]?[0-9]){4,}/);
        expect(text).not.toMatch(/:\/\/|www\.|@|#|<a|<b>|\bhref/i);
        expect(text).not.toContain("undefined");
      }
      expect(email.subject).not.toMatch(/[\r\n]/);
      expect([sms.to, email.to]).toEqual([PHONE, ADDRESS]);
    },
  );

  test("a notice reads like this", () => {
    const notice = { kind: "backup_code_used", remaining: 3 } as const;
    const facts = { notice, applicationName: "Acme" };
    expect(renderSmsNotice({ ...facts, to: PHONE, locale: "en" }).text).toBe(
      "A backup code was used to sign in to your Acme account. 3 are left: make new ones. If this was not you, contact support at once.",
    );
    expect(renderEmailNotice({ ...facts, to: ADDRESS, locale: "es-MX" })).toMatchObject({
      subject: "Aviso de seguridad de tu cuenta de Acme",
      text: "Se usó un código de respaldo para entrar en tu cuenta de Acme. Quedan 3: crea otros.\n\nSi no fuiste tú, avisa a soporte de inmediato.\n",
    });
  });
});

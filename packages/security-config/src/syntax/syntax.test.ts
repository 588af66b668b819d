import { describe, expect, it } from "vitest";
import { isCountryCode } from "./country-code.js";
import { isDisplayName, isTotpIssuer } from "./display-name.js";
import { isDomainName } from "./domain-name.js";
import { isOAuthScope } from "./oauth-scope.js";
import { isHttpsUrl, isWebOrigin } from "./url-form.js";

const FORMS: readonly (readonly [string, (text: string) => boolean, readonly string[], readonly string[]])[] =
  [
    [
      "a country code",
      isCountryCode,
      ["US", "DE", "NO", "XK", "ZW", "AQ"],
      ["us", "UK", "EU", "XX", "ZZ", "AN", "USA", "", "U", " US", "ＵＳ"],
    ],
    [
      "an origin",
      isWebOrigin,
      [
        "http://localhost:5173",
        "https://app.example.com",
        "https://app.example.com:8443",
        "https://xn--bcher-kva.example",
        "http://[::1]:3000",
      ],
      [
        "*",
        "null",
        "",
        "app.example.com",
        "https://app.example.com/",
        "https://App.example.com",
        "https://app.example.com:443",
        "https://*.example.com/",
        "https://user@app.example.com",
        "ftp://a.example",
        "file:///etc",
        "javascript:alert(1)",
        "https://bücher.example",
        " https://a.example",
        "https://a.example?x",
      ],
    ],
    [
      "an https address",
      isHttpsUrl,
      ["https://login.example.com/oauth2/authorize", "https://login.example.com:8443/a?tenant=b"],
      [
        "http://login.example.com/",
        "https://u:p@login.example.com/",
        "https://login.example.com/#f",
        "//login.example.com",
        "https://",
        "",
        " https://a.example",
        "https://a.example/ b",
        "https://a.example/\n",
      ],
    ],
    [
      "a domain name",
      isDomainName,
      ["example.com", "a.b-c.example", "xn--bcher-kva.example"],
      [
        "localhost",
        "Example.com",
        "example.com.",
        "-a.example",
        "a-.example",
        "a..example",
        "192.0.2.1",
        "bücher.example",
        "a_b.example",
        "example.com/x",
        "",
        `${"a".repeat(64)}.example`,
      ],
    ],
    [
      "an issuer",
      isTotpIssuer,
      ["Countersign", "Acme & Söhne, Ltd.", "株式会社"],
      ["Acme:Co", "", " Acme", "Acme ", "A\tB", "A\u0000B", "A\u202eB", "A\u200bB", "A\u2028B", "A\ud800"],
    ],
    ["a display name", isDisplayName, ["Acme: Co", "AT&T"], ["A\nB", "A\u007fB", "", "\u2066A"]],
    [
      "a scope",
      isOAuthScope,
      ["openid", "openid email profile User.Read"],
      ["", " openid", "openid ", "openid  email", 'a"b', "a\\b", "a\tb", "é"],
    ],
  ];

describe.each(FORMS)("%s", (_, accepts, good, bad) => {
  it.each(good)("the form may be %j", (text) => {
    expect(accepts(text)).toBe(true);
  });

  it.each(bad)("the form may not be %j", (text) => {
    expect(accepts(text)).toBe(false);
  });
});

it("every assigned country has a name, so that the list holds no slip", () => {
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  const letters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  const codes = letters.flatMap((a) => letters.map((b) => `${a}${b}`)).filter(isCountryCode);
  expect(codes).toHaveLength(250);
  expect(codes.filter((code) => names.of(code) === undefined)).toEqual([]);
});

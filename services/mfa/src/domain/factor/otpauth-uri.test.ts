import { describe, expect, test } from "vitest";
import { otpauthUri, parseOtpauthUri } from "./otpauth-uri.js";

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const uri = (query: string, label = "Acme:alice") => `otpauth://totp/${label}?${query}`;

/** What is wrong, or the key. */
function read(input: string) {
  const result = parseOtpauthUri(input);
  return result.ok ? result.value : result.problem;
}

describe("parseOtpauthUri", () => {
  test("parseOtpauthUri takes algorithm, digits and period of the URI, and its format's defaults where it has none", () => {
    expect(read(uri(`secret=${SECRET}`))).toEqual({
      secret: SECRET,
      parameters: { algorithm: "SHA1", digits: 6, periodSeconds: 30 },
    });
    expect(read(uri(`secret=${SECRET}&issuer=Acme&algorithm=sha512&digits=8&period=60`))).toEqual({
      secret: SECRET,
      parameters: { algorithm: "SHA512", digits: 8, periodSeconds: 60 },
    });
  });

  test.each(["alice", "Acme%3Aalice", "Ac me:alice", "Köln:älice", "", "a/b"])(
    "parseOtpauthUri takes the label %j",
    (label) => {
      expect(read(uri(`secret=${SECRET}`, label))).toMatchObject({ secret: SECRET });
    },
  );

  test.each([
    ["lower case", SECRET.toLowerCase()],
    ["padding", "GEZDGNBVGY3TQOJQGEZDGNBVGY======"],
    ["padding, escaped", "GEZDGNBVGY3TQOJQGEZDGNBVGY%3D%3D%3D%3D%3D%3D"],
    ["bits after the last byte", "GEZDGNBVGY3TQOJQGEZDGNBVGZ"],
  ])("parseOtpauthUri keeps one spelling of a secret: %s", (_, written) => {
    const read32 = SECRET.startsWith(written.toUpperCase()) ? SECRET : "GEZDGNBVGY3TQOJQGEZDGNBVGY";
    expect(read(uri(`secret=${written}`))).toMatchObject({ secret: read32 });
  });

  test.each([
    ["https://totp/a?secret=x", "is not a key URI"],
    ["otpauth://hotp/a?secret=x&counter=1", "is not a key URI"],
    ["otpauth:totp", "is not a key URI"],
    ["", "is not a key URI"],
    [SECRET, "is not a key URI"],
    [uri(`secret=${SECRET}\n`), "is not a key URI"],
    [uri(`sec\tret=${SECRET}`), "is not a key URI"],
    [uri("issuer=Acme"), "has a secret that is not base32"],
    [uri("secret=GEZDGNBVGY3TQOJQ"), "shorter than 128 bits"],
    [uri("secret=GEZDGNBVGY3TQOJQGEZDGNBV"), "shorter than 128 bits"],
    [uri(`secret=${"A".repeat(104)}`), "longer than 512 bits"],
    [uri("secret=GEZDGNBVGY3TQOJQGEZDGNBVG"), "is not base32"],
    [uri(`secret=${SECRET.replace("G", "1")}`), "is not base32"],
    [uri(`secret=${SECRET}%20`), "is not base32"],
    [uri(`secret=${SECRET}&algorithm=MD5`), "has an algorithm"],
    [uri(`secret=${SECRET}&algorithm=`), "has an algorithm"],
    [uri(`secret=${SECRET}&digits=7`), "has digits"],
    [uri(`secret=${SECRET}&digits=06`), "has digits"],
    [uri(`secret=${SECRET}&period=14`), "has a period"],
    [uri(`secret=${SECRET}&period=121`), "has a period"],
    [uri(`secret=${SECRET}&period=30.5`), "has a period"],
    [uri(`secret=${SECRET}&period=-30`), "has a period"],
    [uri(`secret=${SECRET}&encoder=steam`), "has a parameter besides"],
    [uri(`secret=${SECRET}&Digits=8`), "has a parameter besides"],
    [uri(`secret=${SECRET}&digits=6&digits=8`), "has a parameter twice"],
  ])("parseOtpauthUri refuses %j, and repeats nothing of it", (input, problem) => {
    const result = parseOtpauthUri(input);
    expect(result).toMatchObject({ ok: false, problem: expect.stringContaining(problem) as string });
    expect(JSON.stringify(result)).not.toMatch(/GEZDGNB|steam|MD5/);
  });
});

test.each(["alice", "a:b", "user@example.com", "?&=#%/", "{x}"])(
  "what is written for %j reads back, for authenticators of any language too",
  (account) => {
    const key = {
      secret: SECRET,
      parameters: { algorithm: "SHA256", digits: 8, periodSeconds: 45 },
    } as const;
    const written = otpauthUri(key, { issuer: "Acme & Söhne", account });
    expect(read(written)).toEqual(key);
    const { pathname, searchParams } = new URL(written);
    expect(pathname.split(":").map(decodeURIComponent)).toEqual(["/Acme & Söhne", account]);
    expect(searchParams.get("issuer")).toBe("Acme & Söhne");
  },
);

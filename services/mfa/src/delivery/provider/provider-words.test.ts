import { expect, test } from "vitest";
import { providerWords } from "./provider-words.js";

const TO = "bob.smith@example.com";

test.each([
  [
    "550 5.1.1 <bob.smith@example.com>: Recipient address rejected: User unknown in relay recipient table",
    "# 5.1.1 <#>: Recipient address rejected: User unknown in relay recipient table",
  ],
  ["452 4.2.2 Mailbox of Bob Smith is full.", "# 4.2.2 Mailbox of # is full."],
  [
    "The 'To' number +12015550123 is not a valid phone number.",
    "The 'To' number # is not a valid phone number.",
  ],
  ["connect ECONNREFUSED 127.0.0.1:25", "connect ECONNREFUSED #"],
  ["Your code is 012 345, or 0123-45-AB", "Your code is #, or #"],
  ["unknown recipient (201) 555-0123", "unknown recipient (#"],
  ["got QWxhZGRpbjpvcGVuIHNlc2FtZQ== and 3q2-7w", "got # and #"],
  ["Unbekannter Empfänger\u001b[31m\nrot", "Unbekannter # [# rot"],
  ["see https://api.example/errors/21211?to=bob", "see https:#?#"],
])("%j is logged as %j", (said, logged) => {
  expect(providerWords(said, [TO])).toBe(logged);
});

test("a long text is cut short", () => {
  expect(providerWords("no ".repeat(10_000), []).length).toBeLessThanOrEqual(200);
});

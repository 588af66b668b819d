import { expect, test } from "vitest";
import { createAddressRules } from "./address-rules.js";

const none = { whitelist: [], blacklist: [], blockedCountries: [], countryOf: () => undefined };

test.each([
  ["203.0.113.7", "blacklist"],
  ["::ffff:203.0.113.7", "blacklist"],
  ["::ffff:cb00:7107", "blacklist"],
  ["203.0.114.7", undefined],
  ["2001:db8:1::5", "blacklist"],
  ["2001:db8:1::5%eth0", "blacklist"],
  ["2001:db8:2::5", undefined],
  ["no address", "blacklist"],
  [undefined, undefined],
])("a blacklist of blocks of both families: %s is refused by %s", (address, rule) => {
  const rules = createAddressRules({ ...none, blacklist: ["203.0.113.0/24", "2001:db8:1::/48"] });
  expect(rules.refusal(address)).toBe(rule);
});

test.each([
  ["198.51.100.1", undefined],
  ["::ffff:198.51.100.1", undefined],
  ["198.51.100.2", "whitelist"],
  ["2001:db8::1", "whitelist"],
  [undefined, "whitelist"],
])("a whitelist is all that is let in: %s is refused by %s", (address, rule) => {
  const rules = createAddressRules({ ...none, whitelist: ["::ffff:198.51.100.1"] });
  expect(rules.refusal(address)).toBe(rule);
});

test("the blacklist wins over the whitelist, and blocked countries hold within it", () => {
  const rules = createAddressRules({
    whitelist: ["198.51.100.0/24"],
    blacklist: ["198.51.100.9"],
    blockedCountries: ["XK"],
    countryOf: (address) => (address === "198.51.100.8" ? "XK" : undefined),
  });
  expect(["7", "8", "9"].map((last) => rules.refusal(`198.51.100.${last}`))).toEqual([
    undefined,
    "country",
    "blacklist",
  ]);
});

test("without rules everything passes, known or not", () => {
  const rules = createAddressRules(none);
  for (const address of ["203.0.113.7", "unknown", undefined]) expect(rules.refusal(address)).toBeUndefined();
});

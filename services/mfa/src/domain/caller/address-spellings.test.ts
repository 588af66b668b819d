import { expect, test } from "vitest";
import { addressSpellings } from "./address-spellings.js";

test.each([
  ["192.0.2.1", ["192.0.2.1", "::ffff:192.0.2.1"]],
  ["::FFFF:192.0.2.1", ["::ffff:192.0.2.1", "192.0.2.1"]],
  ["2001:db8::1", ["2001:db8::1"]],
  ["2001:DB8:0:0::1", ["2001:db8:0:0::1", "2001:db8::1"]],
  ["fe80::1%eth0", ["fe80::1%eth0"]],
])("the address %s may stand in the log as %j", (address, spellings) => {
  expect([...addressSpellings(address)].sort()).toEqual([...spellings].sort());
});

import { expect, test } from "vitest";
import { cleanUserAgent, parseIpAddress } from "./client-context.js";

test.each(["", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"])(
  "a client context takes the address %j",
  (address) => {
    expect(parseIpAddress(address)).toEqual({ ok: true, value: address === "" ? undefined : address });
  },
);

test.each(["localhost", "192.0.2.1, 10.0.0.1", "192.0.2.256", "192.0.2.1\n"])(
  "refuses the address %j",
  (address) => {
    expect(parseIpAddress(address).ok).toBe(false);
  },
);

test("a user agent cannot forge a line or hide its end", () => {
  expect(cleanUserAgent("a\nb\u001b[31m\u202e")).toBe("a\u{FFFD}b\u{FFFD}[31m\u{FFFD}");
  expect(cleanUserAgent("x".repeat(600))).toHaveLength(512);
  expect(cleanUserAgent("")).toBeUndefined();
});

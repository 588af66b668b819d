import { BlockList } from "node:net";
import { describe, expect, it } from "vitest";
import { parseIpRange } from "./ip-range.js";

describe("an address or block is read", () => {
  it.each([
    ["192.0.2.7", "ipv4", "192.0.2.7", 32],
    ["10.0.0.0/8", "ipv4", "10.0.0.0", 8],
    ["0.0.0.0/0", "ipv4", "0.0.0.0", 0],
    ["192.0.2.128/25", "ipv4", "192.0.2.128", 25],
    ["2001:db8::1", "ipv6", "2001:db8::1", 128],
    ["2001:DB8::/32", "ipv6", "2001:DB8::", 32],
    ["::/0", "ipv6", "::", 0],
    ["1:2:3:4:5:6:7:8", "ipv6", "1:2:3:4:5:6:7:8", 128],
    ["64:ff9b::192.0.2.1", "ipv6", "64:ff9b::192.0.2.1", 128],
    ["::ffff:192.0.2.7", "ipv4", "192.0.2.7", 32],
    ["::ffff:c000:207", "ipv4", "192.0.2.7", 32],
    ["0:0:0:0:0:ffff:192.0.2.7", "ipv4", "192.0.2.7", 32],
    ["::ffff:10.0.0.0/104", "ipv4", "10.0.0.0", 8],
    ["::ffff:0:0/96", "ipv4", "0.0.0.0", 0],
  ])("an address or block is read: %s", (text, family, address, prefix) => {
    expect(parseIpRange(text)).toEqual({ family, address, prefix });
  });

  it("an address or block is read in a form that net.BlockList takes", () => {
    const blocked = new BlockList();
    for (const text of ["::ffff:10.0.0.0/104", "2001:db8::/32"]) {
      const range = parseIpRange(text);
      if (range !== undefined) blocked.addSubnet(range.address, range.prefix, range.family);
    }
    expect(blocked.check("10.9.8.7", "ipv4")).toBe(true);
    expect(blocked.check("2001:db8:1::1", "ipv6")).toBe(true);
    expect(blocked.check("11.0.0.1", "ipv4")).toBe(false);
  });
});

it.each([
  "",
  " 10.0.0.1",
  "10.0.0.1 ",
  "10.0.0",
  "10.0.0.256",
  "010.0.0.1",
  "0x0a.0.0.1",
  "167772161",
  "10.0.0.1:80",
  "[::1]",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/08",
  "10.0.0.0/8/8",
  "10.0.0.0/255.0.0.0",
  "10.0.0.1/8",
  "2001:db8::/129",
  "2001:db8::1/32",
  "fe80::1%eth0",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "example.com",
  "*",
  "10.*",
  "::ffff:10.0.0.1/104",
])("the address range %j is refused", (text) => {
  expect(parseIpRange(text)).toBeUndefined();
});

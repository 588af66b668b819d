import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ConnectionLimits, DEFAULT_LIMITS, DEFAULT_WATCH_LIMITS } from "@countersign/rpc-server/limits";
import { describe, expect, test } from "vitest";
import { CONNECTION_SETTINGS } from "./connection-config.js";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const textOf = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");

test("a default of the listener stands in one file, which loads nothing", () => {
  const { MAX_STREAMS, MAX_HEALTH_WATCHES } = CONNECTION_SETTINGS;
  expect(MAX_STREAMS.default).toBe(DEFAULT_LIMITS.maxStreams);
  expect(MAX_HEALTH_WATCHES.default).toBe(DEFAULT_WATCH_LIMITS.max);
  expect(textOf("services/mfa/src/config/listener/connection-config.ts")).not.toMatch(/default: \d/);
  expect(textOf("packages/rpc-server/src/limits/limits.ts")).not.toMatch(/^import |\bfrom "/m);
});

describe("docs/transport.md has the limits that no setting changes", () => {
  const lines = textOf("docs/transport.md").split("\n");

  test.each<[row: string, limit: keyof ConnectionLimits]>([
    ["Headers of a request", "headersTimeoutMs"],
    ["First bytes", "sniffTimeoutMs"],
    ["Reading of a response", "writeTimeoutMs"],
    ["Age of a connection", "connectionAgeMs"],
    ["Idle HTTP/2 connection", "idleTimeoutMs"],
    ["Idle HTTP/2 connection", "pingTimeoutMs"],
    ["Idle HTTP/1.1 connection", "keepAliveTimeoutMs"],
    ["Closing", "closeGraceMs"],
    ["Calls under way", "maxAnonymousStreamsPerConnection"],
  ])("docs/transport.md has in the row %s the limit %s", (row, limit) => {
    const line = lines.find((each) => each.startsWith(`| ${row} `)) ?? "no such row";
    expect(line).toMatch(new RegExp(`[ ;|]${inWords(DEFAULT_LIMITS[limit], limit)}\\b`));
  });

  test("docs/transport.md tells how long a health watch lasts", () => {
    expect(DEFAULT_WATCH_LIMITS.lastsMs).toBe(5 * 60_000);
    expect(lines.join(" ")).toContain("A health watch ends after five minutes");
  });
});

function inWords(value: number, limit: string): string {
  if (!limit.endsWith("Ms")) return String(value);
  return value > 120_000 ? `${value / 60_000} minutes` : `${value / 1_000} s`;
}

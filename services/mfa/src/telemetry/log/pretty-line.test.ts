import { describe, expect, test } from "vitest";
import { logFormatOf } from "./log-format.js";
import { prettyLine } from "./pretty-line.js";

const line = (fields: object) =>
  prettyLine(
    JSON.stringify({ level: 30, time: "2026-11-26T12:03:04.123Z", service: "countersign", ...fields }),
  );

const CALL = {
  rpc: "countersign.mfa.v1.MfaService/VerifyCode",
  protocol: "connect",
  caller: "web",
  peer: "127.0.0.1",
  code: "OK",
  duration_ms: 3.2,
  request_id: "r-1",
  msg: "call",
};

describe("a line for people", () => {
  test("a call's line for people shows what became of its code", () => {
    const told = { outcome: "rejected", rejection: "INVALID_CODE", method: "totp", remaining_attempts: 2 };
    expect(line({ ...told, user_ref: "u", ...CALL })).toBe(
      "12:03:04.123 INFO  VerifyCode rejected INVALID_CODE totp, 2 attempts left, by web from 127.0.0.1 in 3.2 ms user_ref=u request_id=r-1\n",
    );
  });

  test("a call's line for people shows when a lock ends, or who ends it", () => {
    expect(line({ ...CALL, outcome: "rejected", lock_end: "2026-11-26T12:03:34.000Z" })).toContain(
      ", locked until 12:03:34, by",
    );
    expect(line({ ...CALL, outcome: "rejected", unlock_required: true })).toContain(
      "locked until an operator unlocks",
    );
  });

  test("a failed call's line for people shows code and reason once", () => {
    const failed = {
      code: "Unauthenticated",
      reason: "UNAUTHENTICATED",
      outcome: "refused",
      caller: undefined,
    };
    expect(line({ ...CALL, ...failed })).toContain(
      "VerifyCode Unauthenticated UNAUTHENTICATED, by nobody from",
    );
  });

  test("any other line shows its fields, and the stack of an error below", () => {
    const error = { name: "Error", message: "it broke", stack: "Error: it broke\n    at here" };
    expect(line({ level: 50, error, port: 1, msg: "the call failed unexpectedly" })).toBe(
      '12:03:04.123 ERROR the call failed unexpectedly error="Error: it broke" port=1\n    at here\n',
    );
  });

  test("a line for people cannot steer the terminal, and text that is no log line passes unchanged", () => {
    const shown = line({ ...CALL, rpc: "a\u001b[31mb\n", user: "\u009b2J x", caller: "w\reb" });
    expect(shown.trimEnd()).not.toMatch(/\p{C}/u);
    expect(prettyLine("plain words\n")).toBe("plain words\n");
  });
});

test.each([
  ["development", true, "pretty"],
  ["development", false, "json"],
  ["test", true, "json"],
  ["staging", true, "json"],
  ["production", true, "json"],
] as const)(
  "the log of %s is, where a terminal is %s, %s unless stated",
  (environment, isTerminal, format) => {
    expect(logFormatOf({ logFormat: undefined, environment }, isTerminal)).toBe(format);
    expect(logFormatOf({ logFormat: "json", environment }, isTerminal)).toBe("json");
  },
);

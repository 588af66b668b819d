import { loadSecurityConfig } from "@countersign/security-config";
import { describe, expect, test } from "vitest";
import { callerLimits } from "./caller-limits.js";

function limitsFor(env: Readonly<Record<string, string>>) {
  const loaded = loadSecurityConfig({ env });
  if (!loaded.ok) throw new Error("the configuration is refused");
  return callerLimits(loaded);
}

describe("callers without a limit of their own", () => {
  test("callers without their own limit have none in development, whatever a preset or the limit on logins says", () => {
    expect(limitsFor({}).onlyOwn).toBe(true);
    const env = {
      ENVIRONMENT: "development",
      SECURITY_LEVEL: "HIGH",
      RATE_LIMIT_LOGIN_ATTEMPTS_PER_MINUTE: "9",
    };
    expect(limitsFor(env).onlyOwn).toBe(true);
  });

  test.each([
    ["RATE_LIMIT_ENABLED", "true"],
    ["RATE_LIMIT_API_REQUESTS_PER_MINUTE", "100"],
    ["RATE_LIMIT_DEFAULT_REQUESTS_PER_MINUTE", "60"],
    ["RATE_LIMIT_BURST_MULTIPLIER", "2"],
  ])("callers without their own limit have the one that %s sets, in development too", (name, value) => {
    expect(limitsFor({ [name]: value })).toMatchObject({ enabled: true, onlyOwn: false });
  });

  test.each(["test", "staging", "production"])(
    "callers without their own limit have the default in %s",
    (ENVIRONMENT) => {
      expect(limitsFor({ ENVIRONMENT })).toMatchObject({
        enabled: true,
        onlyOwn: false,
        apiRequestsPerMinute: 100,
      });
    },
  );
});

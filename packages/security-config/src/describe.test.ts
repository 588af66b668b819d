import { expect, it } from "vitest";
import { describeSecurityConfig } from "./describe.js";
import type { SecurityConfigInput } from "./input-layers.js";
import { loadSecurityConfig } from "./load.js";

function rows(input: Partial<SecurityConfigInput>) {
  const result = loadSecurityConfig({ env: {}, ...input });
  if (!result.ok) throw new Error("refused");
  return new Map(describeSecurityConfig(result).map((row) => [row.path, row]));
}

it("each row tells a setting's value, where it came from, and what else it could be", () => {
  const described = rows({ level: "HIGH", env: { MFA_ALLOWED_METHODS: "sms" } });
  expect(described.get("mfa.allowed_methods")).toEqual({
    path: "mfa.allowed_methods",
    value: ["sms"],
    source: "environment MFA_ALLOWED_METHODS",
    env: "MFA_ALLOWED_METHODS",
    type: "list",
    default: ["totp", "email"],
  });
  expect(described.get("mfa.required")).toMatchObject({ value: true, source: "preset HIGH", default: false });
  expect(described.get("security_level")).toMatchObject({
    value: "HIGH",
    source: "override",
    env: "SECURITY_LEVEL",
  });
});

it("a secret shows only whether it is set", () => {
  const described = rows({ env: { SECRET_KEY: "canary-Zq7rT2mWx9LpBv4KsN8dYc3H" } });
  expect(described.get("environment.secret_key")).toMatchObject({
    value: "[secret]",
    source: "environment SECRET_KEY",
  });
  expect(described.get("environment.jwt_secret")).toMatchObject({ value: null, source: "default" });
});

it("a provider that is not configured shows no endpoints", () => {
  expect(rows({}).get("oauth_providers.google.token_url")).toMatchObject({
    value: null,
    default: "https://oauth2.googleapis.com/token",
  });
});

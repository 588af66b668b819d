import { toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { SecurityPolicySchema } from "@countersign/protocol/countersign/policy/v1/security_policy_pb.js";
import {
  GetSecurityPolicyResponseSchema,
  SecurityPolicyService,
} from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { configurationReference, loadSecurityConfig } from "@countersign/security-config";
import { expect, test } from "vitest";
import { ChangingSecurity } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

function policyClient(service: TestService) {
  return createClient(SecurityPolicyService, createGrpcTransport({ baseUrl: service.url }));
}

const CANARIES = {
  SECRET_KEY: "kanarie-secret-key-x7Qm2Vb9Tz4Lp8Rd",
  JWT_SECRET: "kanarie-jwt-secret-W3nY6cH1Ks5Gf0Ja",
  ENCRYPTION_KEY: "a2FuYXJpZS1lbmNyeXB0aW9uLWtleS0wMTIzNDU2Nzg=",
  GOOGLE_CLIENT_SECRET: "kanarie-google-client-secret",
};

test("serves every setting but the secrets, under the names of the configuration", async () => {
  await using service = await startTestService();
  const { policy } = await policyClient(service).getSecurityPolicy({});
  const json = toJson(SecurityPolicySchema, policy!, { alwaysEmitImplicit: true, useProtoFieldName: true });
  const served = new Set(
    Object.entries(json as object).flatMap(([group, fields]) =>
      Object.keys(fields as object).map((name) => `${group}.${name}`),
    ),
  );
  const wanted = configurationReference()
    .filter(
      ({ path, secret }) => !secret && /^[a-z_]+\.[a-z_]+$/.test(path) && path !== "mfa.sms_origin_domain",
    )
    .map(({ path }) => path);
  expect([...served].sort()).toEqual([...wanted].sort());
  expect(json).toMatchObject({
    environment: { environment: "test", jwt_algorithm: "HS256" },
    password: { min_length: 12 },
    mfa: { allowed_methods: ["METHOD_TOTP", "METHOD_EMAIL"], totp_algorithm: "TOTP_ALGORITHM_SHA1" },
    rate_limit: { burst_multiplier: 1.5 },
    headers: { cors_origins: ["http://localhost:5173"] },
    oauth_providers: [],
  });
  expect(json).not.toHaveProperty("security_level");
});

test("serves the level, the warnings and the login providers, and no secret in any form", async () => {
  const loaded = loadSecurityConfig({
    env: {
      ...CANARIES,
      ENVIRONMENT: "test",
      SECURITY_LEVEL: "ENTERPRISE",
      GOOGLE_CLIENT_ID: "client-of-google",
    },
  });
  if (!loaded.ok) throw new Error("the configuration was refused");
  const security = { initial: loaded, read: () => loaded };
  await using service = await startTestService({ config: { security } });
  const answer = await policyClient(service).getSecurityPolicy({});
  const text = JSON.stringify(toJson(GetSecurityPolicyResponseSchema, answer));
  expect(text).toContain("SECURITY_LEVEL_ENTERPRISE");
  expect(answer.policy?.oauthProviders).toMatchObject([
    {
      name: "google",
      clientId: "client-of-google",
      authorizeUrl: "https://accounts.google.com/o/oauth2/auth",
      tokenUrl: "https://oauth2.googleapis.com/token",
      userinfoUrl: "https://www.googleapis.com/oauth2/v2/userinfo",
      scope: "openid email profile",
    },
  ]);
  for (const canary of Object.values(CANARIES)) {
    for (const form of [canary, Buffer.from(canary).toString("base64"), Buffer.from(canary).toString("hex")])
      expect(text).not.toContain(form);
  }
  expect(text).not.toMatch(/kanarie|\[secret\]/);
});

test("warns of weak keys, and follows the policy in force", async () => {
  const security = new ChangingSecurity();
  await using service = await startTestService({ config: { security } });
  const client = policyClient(service);
  const before = await client.getSecurityPolicy({});
  expect(before.warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining("SECRET_KEY"),
    expect.stringContaining("JWT_SECRET"),
    expect.stringContaining("ENCRYPTION_KEY"),
  ]);
  security.change({ session: { idleTimeoutMinutes: 7 } });
  await service.replicas[0]?.server.reload();
  expect((await client.getSecurityPolicy({})).policy?.session?.idleTimeoutMinutes).toBe(7);
});

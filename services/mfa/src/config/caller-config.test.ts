import { describe, expect, test } from "vitest";
import { loadServiceConfig } from "./service-config.js";

const noFiles = () => {
  throw new Error("no such file");
};
const SECRET = "kBv3l0yZ8mQw5tR7uXo1cA9dEfGhJ2nP";
const JWT = { CALLERS_FILE: "/callers", CALLER_JWT_ISSUER: "https://issuer.test" };
const TLS = { TLS_CERT_FILE: "/cert", TLS_KEY_FILE: "/key" };

function load(env: Readonly<Record<string, string>>) {
  const loaded = loadServiceConfig(env, noFiles);
  return loaded.ok ? loaded.config : loaded.problems.join("\n");
}

describe("who may call", () => {
  test("who may call may be left open in development, and in no other environment", () => {
    expect(load({})).toMatchObject({ callers: undefined });
    for (const ENVIRONMENT of ["production", "staging"])
      expect(load({ ENVIRONMENT })).toContain(`CALLERS_FILE is required in ${ENVIRONMENT}`);
  });

  test("who may call is told by tokens under the shared secret, for the audience countersign", () => {
    const config = load({ ...JWT, JWT_SECRET: SECRET });
    expect(config).toMatchObject({
      callers: {
        file: "/callers",
        bearer: { issuer: "https://issuer.test", audience: "countersign", keys: { algorithm: "HS256" } },
      },
    });
    expect(JSON.stringify(config)).not.toContain(SECRET);
  });

  test("who may call is told by published keys alone where there are some, whatever the secret", () => {
    expect(load({ ...JWT, JWT_SECRET: SECRET, CALLER_JWKS_FILE: "/keys" })).toMatchObject({
      callers: { bearer: { keys: { kind: "jwks-file", path: "/keys" } } },
    });
    expect(load({ ...JWT, CALLER_JWKS_URL: "https://issuer.test/keys" })).toMatchObject({
      callers: { bearer: { keys: { kind: "jwks-url" } } },
    });
  });

  test("who may call is told by certificates alone when no issuer is named: the platform's JWT_SECRET opens nothing by itself", () => {
    const env = { ...TLS, CALLERS_FILE: "/callers", TLS_CLIENT_CA_FILE: "/ca", JWT_SECRET: SECRET };
    expect(load(env)).toMatchObject({
      callers: { bearer: undefined },
      tls: { clientCa: { file: "/ca", auth: "require" } },
    });
  });

  test.each([
    ["a callers file without any credential", { CALLERS_FILE: "/callers" }, "needs CALLER_JWT_ISSUER"],
    ["an issuer without callers", { CALLER_JWT_ISSUER: "x", JWT_SECRET: SECRET }, "CALLERS_FILE is required"],
    ["an authority without callers", { ...TLS, TLS_CLIENT_CA_FILE: "/ca" }, "CALLERS_FILE is required"],
    ["an issuer without keys", JWT, "JWT_SECRET, CALLER_JWKS_FILE or CALLER_JWKS_URL"],
    ["a secret of 31 bytes", { ...JWT, JWT_SECRET: SECRET.slice(1) }, "at least 32 bytes"],
    [
      "a secret too short for its algorithm",
      { ...JWT, JWT_SECRET: SECRET, JWT_ALGORITHM: "HS512" },
      "at least 64 bytes",
    ],
    [
      "an algorithm that is none",
      { ...JWT, JWT_SECRET: SECRET, JWT_ALGORITHM: "none" },
      "environment.jwt_algorithm: must be one of",
    ],
    [
      "keys without an issuer",
      { CALLER_JWKS_FILE: "/keys" },
      "CALLER_JWT_ISSUER is required with CALLER_JWKS_FILE",
    ],
    [
      "two sources of keys",
      { ...JWT, CALLER_JWKS_FILE: "/k", CALLER_JWKS_URL: "https://k.test" },
      "are both set",
    ],
    [
      "keys over cleartext",
      { ...JWT, CALLER_JWKS_URL: "http://issuer.test/keys" },
      "must begin with https://",
    ],
    ["a certificate without a key", { TLS_CERT_FILE: "/cert" }, "TLS_KEY_FILE is required"],
    [
      "an authority without a certificate",
      { TLS_CLIENT_CA_FILE: "/ca" },
      "TLS_CERT_FILE and TLS_KEY_FILE are required",
    ],
    [
      "client certificates without an authority",
      { ...TLS, TLS_CLIENT_AUTH: "require" },
      "TLS_CLIENT_CA_FILE is required",
    ],
    [
      "an authority that is not asked for",
      { ...TLS, TLS_CLIENT_CA_FILE: "/ca", TLS_CLIENT_AUTH: "off" },
      "is unused",
    ],
  ])("who may call is refused as %s", (_, env, problem) => {
    expect(load(env)).toContain(problem);
  });
});

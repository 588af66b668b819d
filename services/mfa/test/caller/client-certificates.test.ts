import { createClient } from "@connectrpc/connect";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TlsConfig } from "../../src/config/listener/tls-config.js";
import { recordingLog } from "../net/support/recording-log.js";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import { createAuthority } from "../support/caller/certificate-authority.js";
import {
  type CallerEntry,
  type ClientOptions,
  clientOf,
  type ListedService,
  startWithCallers,
  transportOf,
} from "../support/caller/listed-callers.js";
import { reasonOf } from "../support/client/errors.js";
import type { ScratchFolder } from "../support/scratch-folder.js";

const authority = createAuthority();
const stranger = createAuthority();
const server = authority.issue("DNS:localhost,IP:127.0.0.1");
const URI = "URI:spiffe://prod/ns/login/sa/login";
const certificates = {
  uri: authority.issue(URI),
  dns: authority.issue("DNS:login.internal"),
  admin: authority.issue("DNS:admin.internal"),
  both: authority.issue(`${URI},DNS:admin.internal`),
  unlisted: authority.issue("DNS:other.internal,URI:spiffe://prod/ns/login/sa/other"),
  expired: authority.issue(URI, { expired: true }),
  foreign: stranger.issue(URI),
};

const callers: readonly CallerEntry[] = [
  {
    id: "login",
    jwt_subjects: ["login"],
    certificate_names: [URI, "DNS:login.internal"],
    permissions: ["status"],
  },
  { id: "admin", jwt_subjects: ["admin"], certificate_names: ["DNS:admin.internal"], permissions: [] },
];
const { key, bearer } = sharedSecret();
const refused = reasonOf("UNAUTHENTICATED");

function tlsFiles(auth: "request" | "require") {
  return async (folder: ScratchFolder): Promise<TlsConfig> => ({
    certFile: await folder.put("tls.crt", server.cert),
    keyFile: await folder.put("tls.key", server.key),
    clientCa: { file: await folder.put("ca.crt", authority.cert), auth },
  });
}

const log = recordingLog();
let listed: ListedService;
const status = (options: Partial<ClientOptions["tls"]>, headers?: ClientOptions["headers"]) =>
  clientOf(listed.service, {
    tls: { ca: authority.cert, ...options },
    ...(headers === undefined ? {} : { headers }),
  }).getMfaStatus({
    userId: "alice",
  });

describe("where certificates are asked for", () => {
  beforeAll(async () => {
    listed = await startWithCallers({
      callers,
      bearer: () => bearer,
      tls: tlsFiles("request"),
      overrides: { log },
    });
  });
  afterAll(() => listed[Symbol.asyncDispose]());

  const bearing = async (sub: string) => ({
    authorization: `Bearer ${await token(key, listed.service.clock, { sub })}`,
  });

  test("a certificate names its caller by URI and by DNS name", async () => {
    await expect(status(certificates.uri)).resolves.toBeDefined();
    await expect(status(certificates.dns)).resolves.toBeDefined();
    const callersOfCalls = log.lines
      .filter(({ message }) => message === "call")
      .map(({ fields }) => fields.caller);
    expect(callersOfCalls).toEqual(["login", "login"]);
  });

  test("a caller that is known may still not call everything", async () => {
    await expect(status(certificates.admin)).rejects.toSatisfy(reasonOf("PERMISSION_DENIED"));
  });

  test.each(["unlisted", "both", "expired", "foreign"] as const)(
    "%s is UNAUTHENTICATED with one ErrorInfo",
    async (name) => {
      await expect(status(certificates[name])).rejects.toSatisfy(refused);
    },
  );

  test("a call without a certificate is UNAUTHENTICATED, and a token does instead", async () => {
    await expect(status({})).rejects.toSatisfy(refused);
    await expect(status({}, await bearing("login"))).resolves.toBeDefined();
  });

  test("a bad token is not made good by a certificate", async () => {
    await expect(status(certificates.uri, { authorization: "Bearer a.b.c" })).rejects.toSatisfy(refused);
    await expect(status(certificates.uri, { authorization: "" })).rejects.toSatisfy(refused);
  });

  test("a token is of no use on another caller's connection", async () => {
    await expect(status(certificates.uri, await bearing("login"))).resolves.toBeDefined();
    await expect(status(certificates.admin, await bearing("login"))).rejects.toSatisfy(refused);
    await expect(status(certificates.uri, await bearing("admin"))).rejects.toSatisfy(refused);
  });

  test("a proxy's word about a certificate is not a certificate", async () => {
    const headers = {
      "x-forwarded-client-cert": URI,
      "x-ssl-client-san": URI,
      "ssl-client-verify": "SUCCESS",
    };
    await expect(status({}, headers)).rejects.toSatisfy(refused);
  });
});

describe("where certificates are required", () => {
  beforeAll(async () => {
    listed = await startWithCallers({ callers, bearer: () => bearer, tls: tlsFiles("require") });
  });
  afterAll(() => listed[Symbol.asyncDispose]());

  test("a certificate of the authority is admitted", async () => {
    await expect(status(certificates.uri)).resolves.toBeDefined();
  });

  test.each([
    ["no certificate", {}],
    ["an expired one", certificates.expired],
    ["one of another authority", certificates.foreign],
  ])("%s does not get as far as a call", async (_, certificate) => {
    await expect(status(certificate)).rejects.toThrow();
    const rows = await listed.service.database.sql`select count(*)::int as rows from mfa_audit_events`;
    expect(rows[0]?.rows).toBe(1);
  });

  test("cleartext on the same port is not answered", async () => {
    await expect(
      createClient(MfaService, transportOf(listed.service, {})).getMfaStatus({ userId: "a" }),
    ).rejects.toThrow();
  });
});

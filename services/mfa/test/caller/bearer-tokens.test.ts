import { createHmac, createPublicKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import {
  AUDIENCE,
  ISSUER,
  keySetOf,
  type PublishedKey,
  publishedKey,
  sharedSecret,
  token,
} from "../support/caller/caller-tokens.js";
import { bearing, clientOf, type ListedService, startWithCallers } from "../support/caller/listed-callers.js";
import { reasonOf } from "../support/client/errors.js";
import { wrongCode } from "../support/enrolment/authenticator.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";

const refused = reasonOf("UNAUTHENTICATED");
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a token signed with the shared secret", () => {
  const { key, bearer, secret } = sharedSecret();
  const log = recordingLog();
  let listed: ListedService;
  beforeAll(async () => {
    listed = await startWithCallers({ bearer: () => bearer, overrides: { log } });
  });
  afterAll(() => listed[Symbol.asyncDispose]());

  const good = (changes?: Readonly<Record<string, unknown>>) => token(key, listed.service.clock, changes);
  const now = () => Math.floor(listed.service.clock.ms / 1_000);

  test("a token signed with the shared secret names its caller, to the audit log too", async () => {
    const { userId } = await beginTotp(bearing(listed.service, await good()));
    const rows = await listed.service.database.sql`select distinct caller from mfa_audit_events`;
    expect(userId).not.toBe("");
    expect(rows.map(({ caller }) => String(caller))).toEqual(["login"]);
  });

  test("a token signed with the shared secret may live five minutes, be for several audiences and be a few seconds ahead", async () => {
    for (const changes of [
      { exp: now() + 300 },
      { aud: ["other", AUDIENCE] },
      { iat: now() + 3, exp: now() + 63 },
      { nbf: now() },
    ]) {
      await expect(
        bearing(listed.service, await good(changes)).getMfaStatus({ userId: "a" }),
      ).resolves.toBeDefined();
    }
  });

  const bad: Record<string, () => Promise<string> | string> = {
    "no token at all": () => "",
    garbage: () => "Bearer garbage",
    "garbage in three parts": () => "Bearer a.b.c",
    "a token without the word Bearer": async () => good(),
    "another scheme": async () => `Basic ${await good()}`,
    "a token and more": async () => `Bearer ${await good()}, Bearer ${await good()}`,
    "a token longer than any real one": async () => `Bearer ${await good({ pad: "x".repeat(9_000) })}`,
    "alg none": () => {
      const claims = { iss: ISSUER, aud: AUDIENCE, sub: "login", iat: now(), exp: now() + 60 };
      return `Bearer ${base64url({ alg: "none" })}.${base64url(claims)}.`;
    },
    "alg none with the signature of a good token": async () => {
      const [, claims, signature] = (await good()).split(".");
      return `Bearer ${base64url({ alg: "none" })}.${claims}.${signature}`;
    },
    "another secret": async () => `Bearer ${await token(sharedSecret().key, listed.service.clock)}`,
    "another algorithm under the same secret": () => {
      const head = base64url({ alg: "HS512" });
      const body = base64url({ iss: ISSUER, aud: AUDIENCE, sub: "login", iat: now(), exp: now() + 60 });
      const signature = createHmac("sha512", secret).update(`${head}.${body}`).digest("base64url");
      return `Bearer ${head}.${body}.${signature}`;
    },
    "a changed claim": async () => {
      const [header, , signature] = (await good()).split(".");
      const claims = { iss: ISSUER, aud: AUDIENCE, sub: "login", iat: now(), exp: now() + 299 };
      return `Bearer ${header}.${base64url(claims)}.${signature}`;
    },
    "an extension it must understand": () => {
      const head = base64url({ alg: "HS256", crit: ["exp"], exp: now() + 60 });
      const body = base64url({ iss: ISSUER, aud: AUDIENCE, sub: "login", iat: now(), exp: now() + 60 });
      const signature = createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url");
      return `Bearer ${head}.${body}.${signature}`;
    },
    "another audience": async () => `Bearer ${await good({ aud: "other" })}`,
    "no audience": async () => `Bearer ${await good({ aud: undefined })}`,
    "another issuer": async () => `Bearer ${await good({ iss: "https://other.test" })}`,
    "no issuer": async () => `Bearer ${await good({ iss: undefined })}`,
    "no expiry": async () => `Bearer ${await good({ exp: undefined })}`,
    "an expiry that is no number": async () => `Bearer ${await good({ exp: "soon" })}`,
    "no time of issue": async () => `Bearer ${await good({ iat: undefined })}`,
    "an expired life": async () => `Bearer ${await good({ iat: now() - 70, exp: now() - 10 })}`,
    "a life over five minutes": async () => `Bearer ${await good({ exp: now() + 301 })}`,
    "a short rest of a long life": async () => `Bearer ${await good({ iat: now() - 400, exp: now() + 10 })}`,
    "a time of issue ahead": async () => `Bearer ${await good({ iat: now() + 60, exp: now() + 120 })}`,
    "a life that has not begun": async () => `Bearer ${await good({ nbf: now() + 60 })}`,
    "no subject": async () => `Bearer ${await good({ sub: undefined })}`,
    "an empty subject": async () => `Bearer ${await good({ sub: "" })}`,
    "a subject that is not listed": async () => `Bearer ${await good({ sub: "other" })}`,
    "a subject in other case": async () => `Bearer ${await good({ sub: "Login" })}`,
  };

  test.each(Object.keys(bad))("%s is UNAUTHENTICATED with one ErrorInfo", async (name) => {
    const authorization = await bad[name]!();
    const client = clientOf(listed.service, authorization === "" ? {} : { headers: { authorization } });
    await expect(client.getMfaStatus({ userId: "alice" })).rejects.toSatisfy(refused);
    await expect(client.verifyCode({ userId: "alice", code: "123456" })).rejects.toSatisfy(refused);
  });

  test("what is refused costs the user no attempt", async () => {
    const { service } = listed;
    const client = bearing(service, await good({ exp: now() + 200 }));
    const { userId, authenticator } = await enrolTotp(client, service.clock);
    const code = wrongCode(authenticator, service.clock.ms);
    for (const name of Object.keys(bad)) {
      const authorization = await bad[name]!();
      const intruder = clientOf(service, { headers: { authorization } });
      await expect(intruder.verifyCode({ userId, code })).rejects.toSatisfy(refused);
    }
    const { outcome } = await client.verifyCode({ userId, code });
    expect(outcome).toMatchObject({ case: "rejected", value: { remainingAttempts: 2 } });
  });

  test("a token that was good is refused once it has expired", async () => {
    const { service } = listed;
    const client = bearing(service, await good({ exp: now() + 30 }));
    await expect(client.getMfaStatus({ userId: "a" })).resolves.toBeDefined();
    service.clock.advance(40);
    await expect(client.getMfaStatus({ userId: "a" })).rejects.toSatisfy(refused);
  });

  test("no header but authorization says who calls or from where", async () => {
    const { service } = listed;
    const spoofed = {
      "x-forwarded-for": "127.0.0.1",
      forwarded: "for=127.0.0.1",
      "x-real-ip": "127.0.0.1",
      "x-forwarded-client-cert": "URI=spiffe://prod/login",
      "x-caller-id": "admin",
      "x-user": "admin",
      "x-forwarded-user": "login",
      "proxy-authorization": `Bearer ${await good()}`,
    };
    const nobody = clientOf(service, { headers: spoofed });
    await expect(nobody.getMfaStatus({ userId: "spoof" })).rejects.toSatisfy(refused);
    const headers = { ...spoofed, authorization: `Bearer ${await good()}`, "x-request-id": "spoofed-call" };
    await clientOf(service, { headers }).getMfaStatus({ userId: "spoof" });
    const lines = log.lines.filter(
      ({ fields, message }) => message === "call" && fields.request_id === "spoofed-call",
    );
    expect(lines.map(({ fields }) => [fields.caller, fields.peer])).toEqual([["login", "127.0.0.1"]]);
  });

  test("of another service is refused, and the log names its subject", async () => {
    const headers = { authorization: `Bearer ${await good({ sub: "billing" })}`, "x-request-id": "unlisted" };
    await expect(clientOf(listed.service, { headers }).getMfaStatus({ userId: "a" })).rejects.toSatisfy(
      refused,
    );
    const line = log.lines.find(({ fields }) => fields.request_id === "unlisted");
    expect(line).toMatchObject({
      message: "call",
      fields: { refused: "SUBJECT_NOT_LISTED", subject: "billing", code: "Unauthenticated" },
    });
  });

  test("the log says why a token was refused, and holds neither tokens nor the secret", async () => {
    const sent = await good({ aud: "other" });
    await expect(bearing(listed.service, sent).getMfaStatus({ userId: "a" })).rejects.toSatisfy(refused);
    const text = JSON.stringify(log.lines);
    expect(text).toContain("ERR_JWT_CLAIM_VALIDATION_FAILED aud");
    expect(text).toContain("ERR_JWT_EXPIRED");
    expect(text).toContain("LIFE_TOO_LONG");
    expect(text).not.toContain(secret);
    for (const part of sent.split(".").slice(1)) expect(text).not.toContain(part);
    expect(text).not.toMatch(/eyJ/);
  });
});

describe("a token signed with a published key", () => {
  const published: Record<string, PublishedKey> = {};
  let listed: ListedService;
  beforeAll(async () => {
    for (const algorithm of ["RS256", "ES256", "EdDSA"] as const) {
      published[algorithm] = await publishedKey(algorithm, `key-${algorithm}`);
    }
    listed = await startWithCallers({
      bearer: async (folder) => {
        const path = await folder.put("jwks.json", keySetOf(...Object.values(published)));
        return { issuer: ISSUER, audience: AUDIENCE, keys: { kind: "jwks-file", path } };
      },
    });
  });
  afterAll(() => listed[Symbol.asyncDispose]());

  test.each(["RS256", "ES256", "EdDSA"])("%s names its caller", async (algorithm) => {
    const client = bearing(listed.service, await token(published[algorithm]!, listed.service.clock));
    await expect(client.getMfaStatus({ userId: "a" })).resolves.toBeDefined();
  });

  test.each(["RS256", "ES256", "EdDSA"])(
    "HS256 with the public key of %s as the secret is refused",
    async (algorithm) => {
      const { jwk, kid } = published[algorithm]!;
      const spki = createPublicKey({ key: jwk, format: "jwk" })
        .export({ type: "spki", format: "pem" })
        .toString();
      for (const secret of [spki, spki.trim(), JSON.stringify(jwk), String(jwk.x ?? jwk.n)]) {
        const key = new TextEncoder().encode(secret);
        for (const header of [{ kid: kid! }, {}]) {
          const forged = await token({ algorithm: "HS256", key, ...header }, listed.service.clock);
          await expect(bearing(listed.service, forged).getMfaStatus({ userId: "a" })).rejects.toSatisfy(
            refused,
          );
        }
      }
    },
  );

  test("another key under a known key id is refused", async () => {
    const other = await publishedKey("ES256", "key-ES256");
    const client = bearing(listed.service, await token(other, listed.service.clock));
    await expect(client.getMfaStatus({ userId: "a" })).rejects.toSatisfy(refused);
  });

  test("a key of the token's own, in its header, is refused", async () => {
    const own = await publishedKey("ES256", "own");
    const forged = await token(own, listed.service.clock);
    const [, claims] = forged.split(".");
    const header = base64url({ alg: "ES256", jwk: own.jwk, jku: "http://127.0.0.1:1/keys", kid: "own" });
    const client = bearing(listed.service, `${header}.${claims}.${forged.split(".")[2]}`);
    await expect(client.getMfaStatus({ userId: "a" })).rejects.toSatisfy(refused);
  });
});

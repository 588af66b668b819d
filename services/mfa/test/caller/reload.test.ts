import { connect } from "node:tls";
import { describe, expect, test } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import {
  AUDIENCE,
  ISSUER,
  keySetOf,
  publishedKey,
  sharedSecret,
  token,
} from "../support/caller/caller-tokens.js";
import { createAuthority } from "../support/caller/certificate-authority.js";
import { bearing, type CallerEntry, clientOf, startWithCallers } from "../support/caller/listed-callers.js";
import { reasonOf } from "../support/client/errors.js";

const { key, bearer } = sharedSecret();
const login: CallerEntry = { id: "login", jwt_subjects: ["login"], permissions: ["status"] };
const other: CallerEntry = { id: "other", jwt_subjects: ["other"], permissions: ["verify"] };
const unauthenticated = reasonOf("UNAUTHENTICATED");

describe("the callers file", () => {
  test("the callers file changes under load without a failed call", async () => {
    await using listed = await startWithCallers({ callers: [login], bearer: () => bearer });
    const client = bearing(listed.service, await token(key, listed.service.clock));
    let done = false;
    let answered = 0;
    const load = Array.from({ length: 8 }, async () => {
      while (!done || answered < 200) {
        await client.getMfaStatus({ userId: "alice" });
        answered += 1;
      }
    });
    for (let round = 0; round < 10; round += 1) {
      await listed.rewrite(round % 2 === 0 ? [other, login] : [login]);
      await expect.poll(() => listed.reloads.length).toBe(round + 1);
    }
    done = true;
    await Promise.all(load);
    expect(listed.reloads).toEqual(Array.from({ length: 10 }, () => "callers applied"));
  });

  test("the callers file takes permissions and callers away from the next call on, whatever was verified before", async () => {
    await using listed = await startWithCallers({ callers: [login, other], bearer: () => bearer });
    const client = bearing(listed.service, await token(key, listed.service.clock));
    const status = () => client.getMfaStatus({ userId: "alice" });
    await expect(status()).resolves.toBeDefined();
    await listed.rewrite([{ ...login, permissions: [] }, other]);
    await listed.service.replicas[0]?.server.reload();
    await expect(status()).rejects.toSatisfy(reasonOf("PERMISSION_DENIED"));
    await listed.rewrite([other]);
    await listed.service.replicas[0]?.server.reload();
    await expect(status()).rejects.toSatisfy(unauthenticated);
  });

  test("the callers file that is bad or gone leaves the old one in force, and says so once", async () => {
    const log = recordingLog();
    await using listed = await startWithCallers({
      callers: [login],
      bearer: () => bearer,
      overrides: { log },
    });
    const client = bearing(listed.service, await token(key, listed.service.clock));
    await listed.folder.put(
      "callers.json",
      `{"callers": [{"id": "login", "permissions": ["all"]}], "open": true}`,
    );
    await expect.poll(() => listed.reloads).toEqual(["callers refused"]);
    await listed.service.replicas[0]?.server.reload();
    await expect(client.getMfaStatus({ userId: "alice" })).resolves.toBeDefined();
    const line = log.lines.find(({ level }) => level === "error");
    expect(JSON.stringify(line?.fields.problems)).toContain("open");
    await listed.rewrite([other]);
    await expect.poll(() => listed.reloads).toEqual(["callers refused", "callers applied"]);
    await expect(client.getMfaStatus({ userId: "alice" })).rejects.toSatisfy(unauthenticated);
  });
});

describe("published keys", () => {
  test("published keys that are replaced let new tokens in and old ones in no more", async () => {
    const [first, second] = await Promise.all([
      publishedKey("ES256", "first"),
      publishedKey("ES256", "second"),
    ]);
    await using listed = await startWithCallers({
      callers: [login],
      bearer: async (folder) => {
        const path = await folder.put("jwks.json", keySetOf(first));
        return { issuer: ISSUER, audience: AUDIENCE, keys: { kind: "jwks-file", path } };
      },
    });
    const { service, folder, reloads } = listed;
    const older = bearing(service, await token(first, service.clock));
    const newer = bearing(service, await token(second, service.clock));
    await expect(older.getMfaStatus({ userId: "a" })).resolves.toBeDefined();
    await expect(newer.getMfaStatus({ userId: "a" })).rejects.toSatisfy(unauthenticated);
    await folder.put("jwks.json", keySetOf(second));
    await expect.poll(() => reloads).toEqual(["caller_keys applied"]);
    await expect(older.getMfaStatus({ userId: "a" })).rejects.toSatisfy(unauthenticated);
    await expect(newer.getMfaStatus({ userId: "a" })).resolves.toBeDefined();
  });
});

describe("certificates", () => {
  test("certificates are renewed without a failed call, and only as a pair that fits", async () => {
    const [before, after] = [createAuthority(), createAuthority()];
    const [old, renewed] = [
      before.issue("DNS:localhost,IP:127.0.0.1"),
      after.issue("DNS:localhost,IP:127.0.0.1"),
    ];
    await using listed = await startWithCallers({
      callers: [login],
      bearer: () => bearer,
      tls: async (folder) => ({
        certFile: await folder.put("tls.crt", old.cert),
        keyFile: await folder.put("tls.key", old.key),
        clientCa: undefined,
      }),
    });
    const { service, folder, reloads } = listed;
    const headers = { authorization: `Bearer ${await token(key, service.clock)}` };
    const connected = clientOf(service, { headers, tls: { ca: before.cert } });
    await expect(connected.getMfaStatus({ userId: "a" })).resolves.toBeDefined();
    const port = Number(new URL(service.url).port);

    await folder.put("tls.crt", renewed.cert);
    await expect.poll(() => reloads).toEqual(["tls refused"]);
    expect(await handshakes(port, before.cert)).toBe(true);

    await folder.put("tls.key", renewed.key);
    await expect.poll(() => reloads).toEqual(["tls refused", "tls applied"]);
    expect(await handshakes(port, after.cert)).toBe(true);
    expect(await handshakes(port, before.cert)).toBe(false);
    await expect(connected.getMfaStatus({ userId: "a" })).resolves.toBeDefined();
  });
});

/** Whether a new connection finds a certificate of this authority. */
async function handshakes(port: number, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", ca, ALPNProtocols: ["h2"] });
    socket.once("secureConnect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("secureConnect", () => socket.destroy());
  });
}

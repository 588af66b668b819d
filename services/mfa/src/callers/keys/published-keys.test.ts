import { exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { MfaError } from "../../domain/errors.js";
import type { Watched } from "../../reload/watched.js";
import { type KeySet, parseKeySet } from "./key-set.js";
import { NO_KEYS, publishedTokenKeys } from "./published-keys.js";

const HOUR_MS = 3_600_000;
let sets: { readonly first: KeySet; readonly second: KeySet };
let tokens: { readonly first: string; readonly second: string };

beforeAll(async () => {
  const [first, second] = await Promise.all([pair("first"), pair("second")]);
  sets = { first: await setOf(first.jwk), second: await setOf(second.jwk) };
  tokens = { first: first.token, second: second.token };
});

/** A source whose content, answers and time a test states. */
function source(start: KeySet) {
  const state = { now: 0, inForce: start, published: start, confirmedAt: 0, up: true, looks: 0 };
  const watched: Watched<KeySet> = {
    current: () => state.inForce,
    confirmedAt: () => state.confirmedAt,
    async reload() {
      state.looks += 1;
      await Promise.resolve();
      if (!state.up) return;
      state.inForce = state.published;
      state.confirmedAt = state.now;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const keys = publishedTokenKeys(watched, { maxStaleMs: HOUR_MS, monotonicMs: () => state.now });
  return {
    state,
    verify: (token: string) => jwtVerify(token, keys.find, { algorithms: [...keys.algorithms] }),
  };
}

describe("published keys", () => {
  test("published keys are fetched again for a token under an unknown key, once for all who wait", async () => {
    const { state, verify } = source(sets.first);
    state.published = sets.second;
    state.now = 60_000;
    const all = await Promise.all(Array.from({ length: 50 }, () => verify(tokens.second)));
    expect(all).toHaveLength(50);
    expect(state.looks).toBe(1);
  });

  test("published keys are not fetched again and again for tokens under unknown keys", async () => {
    const { state, verify } = source(sets.first);
    for (let second = 31; second <= 90; second += 1) {
      state.now = second * 1_000;
      await expect(verify(tokens.second)).rejects.toThrow();
    }
    expect(state.looks).toBe(2);
    await expect(verify(tokens.first)).resolves.toBeDefined();
  });

  test("published keys stay good for an hour behind an outage, and then no token is believed until they come again", async () => {
    const { state, verify } = source(sets.first);
    state.up = false;
    state.now = HOUR_MS;
    await expect(verify(tokens.first)).resolves.toBeDefined();
    state.now = HOUR_MS + 1;
    await expect(verify(tokens.first)).rejects.toSatisfy(isUnavailable);
    state.up = true;
    state.now += 3_000;
    await expect(verify(tokens.first)).resolves.toBeDefined();
  });

  test("published keys that never came make every token wait for them, with little asking", async () => {
    const { state, verify } = source(NO_KEYS);
    state.published = sets.first;
    state.up = false;
    for (let tick = 1; tick <= 40; tick += 1) {
      state.now = tick * 100;
      await expect(verify(tokens.first)).rejects.toSatisfy(isUnavailable);
    }
    expect(state.looks).toBe(2);
    state.up = true;
    state.now = 10_000;
    await expect(verify(tokens.first)).resolves.toBeDefined();
  });
});

describe("a key set", () => {
  test.each([
    ["text", "keys"],
    ["no keys", JSON.stringify({ keys: [] })],
    ["a bare key", JSON.stringify({ kty: "RSA" })],
  ])("a key set of %s is refused", async (_, text) => {
    await expect(parseKeySet(text, "X")).rejects.toThrow(/^X is no/);
  });

  test("a key set with a private or a secret key is refused, and not repeated", async () => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const secret: JWK = { kty: "oct", k: Buffer.alloc(32, 7).toString("base64url"), alg: "HS256" };
    for (const jwk of [await exportJWK(privateKey), secret]) {
      const thrown: unknown = await parseKeySet(JSON.stringify({ keys: [jwk] }), "X").catch(
        (error: unknown) => error,
      );
      expect(String(thrown)).toContain("private or secret key");
      expect(String(thrown)).not.toContain(jwk.d ?? jwk.k);
    }
  });

  test("a key set with a short RSA key, or a broken one, is refused", async () => {
    const short: JWK = { kty: "RSA", e: "AQAB", n: Buffer.alloc(128, 0xc5).toString("base64url") };
    const broken: JWK = { kty: "EC", crv: "P-256", x: "AAAA", y: "AAAA" };
    for (const jwk of [short, broken])
      await expect(parseKeySet(JSON.stringify({ keys: [jwk] }), "X")).rejects.toThrow(
        "broken key, or an RSA key below",
      );
  });

  test("a key set passes over keys for other uses and algorithms, and is refused when none is left", async () => {
    const { publicKey } = await generateKeyPair("ES384", { extractable: true });
    const other: JWK = { ...(await exportJWK(publicKey)), alg: "ES384" };
    const { jwk } = await pair("mine");
    await expect(
      parseKeySet(JSON.stringify({ keys: [other, { ...jwk, use: "enc" }, jwk] }), "X"),
    ).resolves.toBeDefined();
    await expect(parseKeySet(JSON.stringify({ keys: [other, { ...jwk, use: "enc" }] }), "X")).rejects.toThrow(
      "X holds no key",
    );
  });
});

async function pair(kid: string): Promise<{ readonly jwk: JWK; readonly token: string }> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const token = await new SignJWT({ sub: kid }).setProtectedHeader({ alg: "ES256", kid }).sign(privateKey);
  return { jwk: { ...(await exportJWK(publicKey)), kid }, token };
}

function setOf(jwk: JWK): Promise<KeySet> {
  return parseKeySet(JSON.stringify({ keys: [jwk] }), "X");
}

function isUnavailable(error: unknown): boolean {
  return error instanceof MfaError && error.reason === "STORE_UNAVAILABLE";
}

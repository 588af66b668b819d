import { describe, expect, test } from "vitest";
import type { ClaimedRequest } from "../../src/domain/ports/request-log.js";
import { ephemeralStores } from "./support/ephemeral-stores.js";

const KEEP_MS = 60_000;
const request = (changes: Partial<ClaimedRequest> = {}): ClaimedRequest => ({
  rpc: "VerifyCode",
  key: "key",
  body: "body",
  owner: "first",
  ...changes,
});
const retry = request({ owner: "second" });

describe.each(Object.entries(ephemeralStores))("request log (%s)", (_, open) => {
  test("of 100 parallel claims one is given", async () => {
    await using stores = await open();
    const claims = await Promise.all(
      Array.from({ length: 100 }, (_each, owner) =>
        stores.requests.claim(request({ owner: String(owner) }), KEEP_MS),
      ),
    );
    expect(claims.filter(({ state }) => state === "claimed")).toHaveLength(1);
    expect(claims.filter(({ state }) => state === "in-flight")).toHaveLength(99);
  });

  test("gives a retry the answer, and another body none", async () => {
    await using stores = await open();
    await stores.requests.claim(request(), KEEP_MS);
    expect(await stores.requests.claim(request({ body: "other" }), KEEP_MS)).toEqual({ state: "reused" });
    await stores.requests.answer(request(), "done", KEEP_MS);
    expect(await stores.requests.claim(retry, KEEP_MS)).toEqual({ state: "answered", answer: "done" });
    expect(await stores.requests.claim(request({ body: "other" }), KEEP_MS)).toEqual({ state: "reused" });
    expect(await stores.requests.claim(request({ key: "other" }), KEEP_MS)).toEqual({ state: "claimed" });
  });

  test("a released claim is free, and only its owner can release or answer it", async () => {
    await using stores = await open();
    await stores.requests.claim(request(), KEEP_MS);
    await stores.requests.release(retry);
    await stores.requests.answer(retry, "forged", KEEP_MS);
    expect(await stores.requests.claim(retry, KEEP_MS)).toEqual({ state: "in-flight" });
    await stores.requests.release(request());
    expect(await stores.requests.claim(retry, KEEP_MS)).toEqual({ state: "claimed" });
    await stores.requests.answer(request(), "late", KEEP_MS);
    expect(await stores.requests.claim(request(), KEEP_MS)).toEqual({ state: "in-flight" });
  });

  test("what a released claim leaves goes to the next one of the same request, and to no other", async () => {
    await using stores = await open();
    await stores.requests.claim(request(), KEEP_MS);
    await stores.requests.release(retry, { text: "forged", keepMs: KEEP_MS });
    await stores.requests.release(request(), { text: "paid", keepMs: KEEP_MS });
    expect(await stores.requests.claim(request({ body: "other" }), KEEP_MS)).toEqual({ state: "reused" });
    const claims = await Promise.all([retry, retry].map((each) => stores.requests.claim(each, KEEP_MS)));
    expect(claims).toContainEqual({ state: "claimed", left: "paid" });
    expect(claims).toContainEqual({ state: "in-flight" });
    await stores.requests.release(retry, { text: "paid again", keepMs: 40 });
    await expect
      .poll(() => stores.requests.claim(request({ body: "other" }), KEEP_MS), { interval: 5 })
      .toEqual({ state: "claimed" });
  });

  test("forgets what is never answered, and answers in their time", async () => {
    await using stores = await open();
    await stores.requests.claim(request(), 40);
    await expect.poll(() => stores.requests.claim(retry, 40), { interval: 5 }).toEqual({ state: "claimed" });
    await stores.requests.answer(retry, "done", 40);
    await expect
      .poll(() => stores.requests.claim(request(), KEEP_MS), { interval: 5 })
      .toEqual({ state: "claimed" });
  });
});

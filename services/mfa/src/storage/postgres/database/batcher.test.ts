import { describe, expect, test } from "vitest";
import { createBatcher } from "./batcher.js";

interface Item {
  readonly key: string;
  readonly poisoned?: boolean;
}

/** A batcher whose runs are recorded, and end when the test says so. */
function recorded(
  options: {
    readonly maxBatch?: number;
    readonly maxWaiting?: number;
    readonly blame?: boolean;
    readonly sharesAnswers?: boolean;
  } = {},
) {
  const runs: string[][] = [];
  const ends: (() => void)[] = [];
  const submit = createBatcher<Item, string>({
    keyOf: ({ key }) => key,
    run: async (items) => {
      runs.push(items.map(({ key }) => key));
      await new Promise<void>((resolve) => ends.push(resolve));
      if (items.some(({ poisoned }) => poisoned)) throw new Error("poisoned");
      return new Map(items.filter(({ key }) => key !== "absent").map(({ key }) => [key, `answer to ${key}`]));
    },
    mayBlameOne: () => options.blame ?? true,
    sharesAnswers: options.sharesAnswers ?? false,
    concurrency: 1,
    maxBatch: options.maxBatch ?? 10,
    maxWaiting: options.maxWaiting ?? 100,
  });
  /** Ends each run as it comes until nothing is under way. */
  const finish = async () => {
    for (let quiet = 0; quiet < 5; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      for (const end of ends.splice(0)) {
        end();
        quiet = 0;
      }
    }
  };
  return { runs, submit, finish };
}

describe("a batcher", () => {
  test("a batcher runs a single call immediately, and those that arrive meanwhile together", async () => {
    const { runs, submit, finish } = recorded();
    const first = submit({ key: "a" });
    await new Promise((resolve) => setImmediate(resolve));
    const rest = [submit({ key: "b" }), submit({ key: "c" })];
    await finish();
    expect(runs).toEqual([["a"], ["b", "c"]]);
    expect(await Promise.all([first, ...rest])).toEqual(["answer to a", "answer to b", "answer to c"]);
  });

  test("a batcher never puts one key twice into a batch, and keeps the order of each key", async () => {
    const { runs, submit, finish } = recorded();
    const calls = ["a", "a", "b", "a"].map((key) => submit({ key }));
    await finish();
    await Promise.all(calls);
    expect(runs).toEqual([["a", "b"], ["a"], ["a"]]);
  });

  test("a batcher lets calls of one key share an answer where it is only read", async () => {
    const { runs, submit, finish } = recorded({ sharesAnswers: true });
    const calls = ["a", "b", "a"].map((key) => submit({ key }));
    await finish();
    expect(runs).toEqual([["a", "b", "a"]]);
    expect(await Promise.all(calls)).toEqual(["answer to a", "answer to b", "answer to a"]);
  });

  test("a batcher bounds a batch", async () => {
    const { runs, submit, finish } = recorded({ maxBatch: 2 });
    const calls = ["a", "b", "c"].map((key) => submit({ key }));
    await finish();
    await Promise.all(calls);
    expect(runs).toEqual([["a", "b"], ["c"]]);
  });

  test("a poisoned item of a batch fails alone", async () => {
    const { submit, finish } = recorded();
    const calls = [submit({ key: "a" }), submit({ key: "b", poisoned: true }), submit({ key: "c" })];
    const settled = Promise.allSettled(calls);
    await finish();
    expect((await settled).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("a fault of the store fails the batch, and nothing is run twice", async () => {
    const { runs, submit, finish } = recorded({ blame: false });
    const settled = Promise.allSettled([submit({ key: "a", poisoned: true }), submit({ key: "b" })]);
    await finish();
    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(runs).toHaveLength(1);
  });

  test("an item without an answer gets none", async () => {
    const { submit, finish } = recorded();
    const call = submit({ key: "absent" });
    await finish();
    expect(await call).toBeUndefined();
  });

  test("a batcher sheds what it cannot hold", async () => {
    const { submit, finish } = recorded({ maxWaiting: 2 });
    const held = [submit({ key: "a" }), submit({ key: "b" })];
    await expect(submit({ key: "c" })).rejects.toHaveProperty("reason", "OVERLOADED");
    await finish();
    await Promise.all(held);
  });
});

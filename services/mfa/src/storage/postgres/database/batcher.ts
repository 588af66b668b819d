import type { Span, Tracer } from "@countersign/telemetry-ports";
import { MfaError } from "../../../domain/errors.js";

interface BatcherOptions<Item, Answer> {
  /** The key of an answer. */
  readonly keyOf: (item: Item) => string;
  /** Whether items of one key may go in one batch, and then share an answer: for reads only. */
  readonly sharesAnswers?: boolean;
  /** Runs all items together; returns answers by key. An item without an answer gets undefined. */
  readonly run: (items: readonly Item[]) => Promise<ReadonlyMap<string, Answer>>;
  /** Whether an error of `run` may be caused by one item: then each is run again, alone. Only for runs that changed nothing. */
  readonly mayBlameOne: (error: unknown) => boolean;
  /** Concurrent statements. Further items wait, and share the next. */
  readonly concurrency: number;
  readonly maxBatch: number;
  /** Items that may wait; beyond it the service sheds load. */
  readonly maxWaiting: number;
  /** Shows which calls a statement served. */
  readonly tracer?: Tracer | undefined;
}

/** For statements of logins: one of a kind at a time. The bounds keep a burst from becoming one endless statement. */
export const LOGIN_BATCHES = {
  mayBlameOne: isNoStoreFault,
  concurrency: 1,
  maxBatch: 64,
  maxWaiting: 4_096,
} as const;

/** A store that is down or slow fails a whole batch; any other error is caused by the input, and changed nothing. */
function isNoStoreFault(error: unknown): boolean {
  return !(error instanceof MfaError);
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly span: Span | undefined;
}

/**
 * Lets calls that arrive while a statement is under way share the next one, so that the cost of a call falls with load. A single call runs
 * immediately. Each call gets its own answer and its own error.
 */
export function createBatcher<Item, Answer>(
  options: BatcherOptions<Item, Answer>,
): (item: Item) => Promise<Answer | undefined> {
  let waiting: Waiting<Item, Answer>[] = [];
  let underWay = 0;

  function pump(): void {
    while (underWay < options.concurrency && waiting.length > 0) {
      const { batch, rest } = takeBatch(waiting, options);
      waiting = rest;
      underWay += 1;
      void runBatch(batch, options).finally(() => {
        underWay -= 1;
        pump();
      });
    }
  }

  return (item) => {
    if (waiting.length >= options.maxWaiting) {
      return Promise.reject(new MfaError("OVERLOADED", "the service is overloaded", { retryAfterMs: 1_000 }));
    }
    return new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject, span: options.tracer?.current() });
      // After the current turn of the event loop: calls decoded from one network read are batched.
      if (waiting.length === 1) setImmediate(pump);
    });
  };
}

/** The oldest items, with distinct keys unless answers are shared; an item whose key is taken waits for the next batch. */
function takeBatch<Item, Answer>(
  waiting: readonly Waiting<Item, Answer>[],
  { keyOf, maxBatch, sharesAnswers = false }: BatcherOptions<Item, Answer>,
): { batch: Waiting<Item, Answer>[]; rest: Waiting<Item, Answer>[] } {
  const keys = new Set<string>();
  const batch: Waiting<Item, Answer>[] = [];
  const rest: Waiting<Item, Answer>[] = [];
  for (const entry of waiting) {
    const key = keyOf(entry.item);
    if (batch.length < maxBatch && (sharesAnswers || !keys.has(key))) {
      keys.add(key);
      batch.push(entry);
    } else {
      rest.push(entry);
    }
  }
  return { batch, rest };
}

async function runBatch<Item, Answer>(
  batch: readonly Waiting<Item, Answer>[],
  options: BatcherOptions<Item, Answer>,
): Promise<void> {
  try {
    const answers = await runTraced(batch, options);
    for (const { item, resolve } of batch) resolve(answers.get(options.keyOf(item)));
  } catch (error) {
    if (batch.length === 1 || !options.mayBlameOne(error)) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const one of batch) await runBatch([one], options);
  }
}

/** A statement runs when the previous one has ended, outside any call's context: it lists the calls that it serves. */
function runTraced<Item, Answer>(
  batch: readonly Waiting<Item, Answer>[],
  { run, tracer }: BatcherOptions<Item, Answer>,
): Promise<ReadonlyMap<string, Answer>> {
  const work = () => run(batch.map(({ item }) => item));
  if (tracer === undefined) return work();
  const attributes = { "db.operation.batch.size": batch.length };
  return tracer.together(
    batch.map(({ span }) => span),
    { attributes, work },
  );
}

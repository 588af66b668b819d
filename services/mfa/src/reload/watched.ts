import { createHash } from "node:crypto";
import { ConfigurationError } from "../config/forms/configuration-error.js";

/** An external source that may change while the service runs. */
export interface Watched<T> extends AsyncDisposable {
  /** The current value. */
  readonly current: () => T;
  /** Rereads the source now. Never rejects. */
  readonly reload: () => Promise<void>;
  /** When the source was last valid, in monotonic milliseconds. */
  readonly confirmedAt: () => number;
}

/** The callbacks must not throw. */
export interface WatchOptions<S, T> {
  /** Must throw ConfigurationError for a source that cannot be read. */
  readonly read: () => Promise<S> | S;
  /** Must throw ConfigurationError with every problem for a source that must not be used. */
  readonly parse: (source: S) => Promise<T> | T;
  readonly intervalMs: number;
  /** Used until the source is valid for the first time; without it, an invalid source is refused at the start. */
  readonly initial?: T;
  readonly onReload: (value: T) => void;
  /** The source is invalid; the current value is kept. Called once for each set of problems, until they change. */
  readonly onRefused: (problems: readonly string[]) => void;
  /** The source is valid again. Called before `onReload`, if both are called. */
  readonly onMended?: () => void;
}

interface WatchState<T> {
  inForce?: { readonly value: T; readonly digest: string };
  confirmedAt: number;
  /** Why the source was refused the last time. */
  problem?: string | undefined;
}

/**
 * Reads a source and watches it. It polls, because file events miss the link swap by which a mounted Secret changes. Throws ConfigurationError if the
 * source is invalid at the start.
 */
export async function watch<S, T>(options: WatchOptions<S, T>): Promise<Watched<T>> {
  const { read, parse, onReload, onRefused } = options;
  const state: WatchState<T> = { confirmedAt: Number.NEGATIVE_INFINITY };

  async function load(): Promise<void> {
    const source = await read();
    const digest = digestOf(source);
    const isFirst = state.inForce === undefined;
    const fresh = state.inForce?.digest === digest ? undefined : { value: await parse(source), digest };
    if (state.problem !== undefined) options.onMended?.();
    state.problem = undefined;
    state.confirmedAt = performance.now();
    if (fresh === undefined) return;
    state.inForce = fresh;
    if (!isFirst) onReload(fresh.value);
  }

  async function look(): Promise<void> {
    try {
      await load();
    } catch (error) {
      const problems = error instanceof ConfigurationError ? error.problems : ["failed unexpectedly"];
      const isNews = state.problem !== problems.join();
      state.problem = problems.join();
      if (isNews) onRefused(problems);
    }
  }

  if (options.initial === undefined) await load();
  else {
    state.inForce = { value: options.initial, digest: "" };
    await look();
  }
  const poll = startPolling(look, options.intervalMs);
  return {
    current: () => (state.inForce as { value: T }).value,
    reload: poll.now,
    confirmedAt: () => state.confirmedAt,
    [Symbol.asyncDispose]: poll.stop,
  };
}

/** Only the digest is stored: the source may be a private key. */
function digestOf(source: unknown): string {
  return createHash("sha256").update(JSON.stringify(source)).digest("base64");
}

/** Runs `look` repeatedly, never concurrently. The timer does not keep the process alive. */
function startPolling(look: () => Promise<void>, intervalMs: number) {
  let running = Promise.resolve();
  const now = () => (running = running.then(look));
  const timer = setInterval(() => void now(), intervalMs).unref();
  async function stop(): Promise<void> {
    clearInterval(timer);
    await running;
  }
  return { now, stop };
}

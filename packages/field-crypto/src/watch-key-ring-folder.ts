import { createHash } from "node:crypto";
import { keyRingFromEntries } from "./key-folder.js";
import type { KeyRing } from "./key-ring.js";
import { KeyRingError } from "./key-ring-error.js";
import { type KeyFolderEntry, readKeyFolder } from "./read-key-folder.js";
import { selfTest } from "./self-test.js";

/** The callbacks must not throw. */
export interface WatchOptions {
  /** Time between looks at the folder, in milliseconds; 10,000 by default. */
  readonly intervalMs?: number;
  /** Why a later ring must not be used; called before it is. May reject with KeyRingError. */
  readonly judge?: (ring: KeyRing) => Promise<readonly string[]>;
  /** Called after a reload. The previous ring shows which keys were added and removed. */
  readonly onReload?: (ring: KeyRing, previous: KeyRing) => void;
  /** The folder is invalid; the old ring stays in use. Called once for each set of problems, until they change. */
  readonly onProblem: (problem: KeyRingError) => void;
  /** The folder is valid again. Called before `onReload`, if both are called. */
  readonly onMended?: () => void;
}

/** Owns the timer; disposing waits for a look in progress. */
export interface KeyRingWatch extends AsyncDisposable {
  /** The current ring. Needs no `this`, so it can be passed as a KeyRingSource. */
  readonly current: () => KeyRing;
  /** Why the folder is invalid now, for readiness and metrics; undefined if it is valid. */
  readonly problem: () => KeyRingError | undefined;
  /** Rereads the folder now, for example on SIGHUP. */
  readonly reload: () => Promise<void>;
}

/**
 * Loads the folder, self-tests the ring, and watches the folder. It polls, because file events miss the link swap by which a mounted Secret changes.
 * Throws KeyRingError if the folder is invalid at the start.
 */
export async function watchKeyRingFolder(path: string, options: WatchOptions): Promise<KeyRingWatch> {
  const first = await readKeyFolder(path);
  let seen = digestOf(first);
  let ring = testedRing(first);
  let problem: KeyRingError | undefined;

  async function look(): Promise<void> {
    try {
      const entries = await readKeyFolder(path);
      const digest = digestOf(entries);
      const next = digest === seen ? ring : testedRing(entries);
      const objections = next === ring ? [] : ((await options.judge?.(next)) ?? []);
      if (objections.length > 0) throw new KeyRingError(objections);
      if (problem !== undefined) options.onMended?.();
      problem = undefined;
      if (next === ring) return;
      const previous = ring;
      [ring, seen] = [next, digest];
      options.onReload?.(ring, previous);
    } catch (error) {
      if (!(error instanceof KeyRingError)) throw error;
      const isNews = problem?.message !== error.message;
      problem = error;
      if (isNews) options.onProblem(error);
    }
  }

  const poll = startPolling(look, options.intervalMs ?? 10_000);
  return {
    current: () => ring,
    problem: () => problem,
    reload: poll.now,
    [Symbol.asyncDispose]: poll.stop,
  };
}

/** Runs `look` repeatedly, never concurrently. The timer does not keep the process alive. */
function startPolling(look: () => Promise<void>, intervalMs: number) {
  let running = Promise.resolve();
  const now = () => (running = running.then(look, look));
  const timer = setInterval(() => void now(), intervalMs).unref();
  async function stop(): Promise<void> {
    clearInterval(timer);
    await running;
  }
  return { now, stop };
}

function testedRing(entries: readonly KeyFolderEntry[]): KeyRing {
  const ring = keyRingFromEntries(entries);
  selfTest(ring);
  return ring;
}

function digestOf(entries: readonly KeyFolderEntry[]): string {
  return createHash("sha256").update(JSON.stringify(entries)).digest("base64");
}

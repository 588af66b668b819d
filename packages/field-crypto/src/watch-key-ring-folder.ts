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
  /** What keeps a ring other than the first from being used, asked before it is. May reject with KeyRingError. */
  readonly judge?: (ring: KeyRing) => Promise<readonly string[]>;
  /** Another ring is in force. The previous one tells which keys came and went. */
  readonly onReload?: (ring: KeyRing, previous: KeyRing) => void;
  /** The folder was refused and the old ring stays in force. Called once for each set of problems, until they change. */
  readonly onProblem: (problem: KeyRingError) => void;
  /** The folder is sound again after it was refused. Called before `onReload`, if that is. */
  readonly onMended?: () => void;
}

/** Owns the timer; disposing waits for a look in progress. */
export interface KeyRingWatch extends AsyncDisposable {
  /** The ring in force. Needs no `this`, so it can be handed over as a KeyRingSource. */
  readonly current: () => KeyRing;
  /** Why the folder as it stands is refused, for readiness and metrics; undefined while all is well. */
  readonly problem: () => KeyRingError | undefined;
  /** Looks at the folder now, say on SIGHUP. */
  readonly reload: () => Promise<void>;
}

/**
 * Loads the folder, self-tests it, and follows its changes. It polls, because file events miss the link swap by which a
 * mounted Secret changes. Throws KeyRingError when the folder is bad at the start.
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

/** Runs `look` again and again, never twice at once. The timer does not keep the process alive. */
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

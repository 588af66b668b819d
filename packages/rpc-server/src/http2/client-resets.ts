import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { TokenBucket } from "../peer/token-bucket.js";

/**
 * Resets of streams that Node allows on a connection before it ends it, and how many more a second. Node counts whoever resets, also
 * callers whose deadlines pass while a store is away, and many callers share the connection of a proxy: far above its default of 1,000 and 33.
 * Node 20 does not know these options and keeps its default.
 */
export const CONNECTION_RESETS = { streamResetBurst: 20_000, streamResetRate: 2_000 } as const;

/** The same for streams whose caller is not known. Node's own default, against rapid reset (CVE-2023-44487). */
const STRANGERS_RESETS = { burst: 1_000, perSecond: 33 };

/** How long the other calls of a connection that is ended may take to finish. */
const GRACE_MS = 10_000;

const allowances = new WeakMap<ServerHttp2Session, TokenBucket>();
const ending = new WeakSet<ServerHttp2Session>();

/**
 * Counts the stream against its connection if its client resets it and `isAuthenticated` says that no caller is known, answered or not: a
 * refusal is written before a reset behind it is read. A connection with too many takes no further streams; those that are open may
 * finish, as they may be another caller's.
 */
export function limitResets(stream: ServerHttp2Stream, isAuthenticated: () => boolean): void {
  const { session } = stream;
  stream.once("close", () => {
    const reset = stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR;
    if (reset && !isAuthenticated()) countStrangersReset(session as ServerHttp2Session | undefined);
  });
}

function countStrangersReset(session: ServerHttp2Session | undefined): void {
  if (session === undefined || session.destroyed) return;
  const now = performance.now();
  const allowance = allowances.get(session) ?? new TokenBucket(STRANGERS_RESETS, now);
  allowances.set(session, allowance);
  if (!allowance.take(now)) endConnection(session);
}

function endConnection(session: ServerHttp2Session): void {
  if (ending.has(session)) return;
  ending.add(session);
  // nghttp2 drops new streams unseen from here on.
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  const cut = setTimeout(() => session.destroy(), GRACE_MS).unref();
  session.once("close", () => clearTimeout(cut));
}

import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { TokenBucket } from "../peer/token-bucket.js";

/**
 * Resets of streams that Node allows on a connection before it ends it, and how many more a second. Node counts all resets, including those of
 * callers whose deadlines pass while a store is unavailable, and many callers share the connection of a proxy: so far above Node's default of 1,000
 * and 33. Node 20 does not have these options and keeps its default.
 */
export const CONNECTION_RESETS = { streamResetBurst: 20_000, streamResetRate: 2_000 } as const;

/**
 * The same for streams whose caller is not known, against rapid reset (CVE-2023-44487). A little less than Node's own default of 1,000 and 33,
 * which Node 20 keeps: a connection that Node ends for it reads no more and tells nothing, and is found only when its PING has timed out.
 */
const STRANGERS_RESETS = { burst: 800, perSecond: 25 };

/** How long the other calls of a connection that is being closed may take to finish. */
const GRACE_MS = 10_000;

const allowances = new WeakMap<ServerHttp2Session, TokenBucket>();
const ending = new WeakSet<ServerHttp2Session>();

/**
 * Counts the stream against its connection if its client resets it and `isAuthenticated` is false, whether or not it was answered: a refusal is
 * written before a following reset is read. A connection with too many resets accepts no further streams; open ones may finish, because they may
 * belong to another caller.
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
  // From here on nghttp2 drops new streams silently.
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  const cut = setTimeout(() => session.destroy(), GRACE_MS).unref();
  session.once("close", () => clearTimeout(cut));
}

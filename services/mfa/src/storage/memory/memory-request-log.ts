import type { ClaimedRequest, RequestClaim, RequestLog } from "../../domain/ports/request-log.js";
import { ExpiringMap } from "./expiring-map.js";

interface Kept {
  readonly body: string;
  readonly owner?: string;
  readonly answer?: string;
  readonly left?: string;
}

/** Remembers requests in this process, as the scripts do in Redis. */
export function createMemoryRequestLog(now: () => number): RequestLog {
  const kept = new ExpiringMap<Kept>(now);
  const claim = ({ key, body, owner }: ClaimedRequest, keepMs: number): RequestClaim => {
    const known = kept.get(key);
    if (known !== undefined && known.body !== body) return { state: "reused" };
    if (known?.answer !== undefined) return { state: "answered", answer: known.answer };
    if (known?.owner !== undefined) return { state: "in-flight" };
    kept.set(key, { ...known, body, owner }, keepMs);
    return { state: "claimed", left: known?.left };
  };
  return {
    claim: (request, keepMs) => Promise.resolve(claim(request, keepMs)),
    answer: ({ key, body, owner }, answer, keepMs) => {
      if (kept.get(key)?.owner === owner) kept.set(key, { body, owner, answer }, keepMs);
      return Promise.resolve();
    },
    release: ({ key, body, owner }, left) => {
      if (kept.get(key)?.owner !== owner) return Promise.resolve();
      if (left === undefined) kept.delete(key);
      else kept.set(key, { body, left: left.text }, left.keepMs);
      return Promise.resolve();
    },
  };
}

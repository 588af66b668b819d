import type { ClaimedRequest, RequestClaim, RequestLog } from "../../domain/ports/request-log.js";
import { ExpiringMap } from "./expiring-map.js";

/** Remembers requests in this process, as the scripts do in Redis. */
export function createMemoryRequestLog(now: () => number): RequestLog {
  const kept = new ExpiringMap<{ readonly body: string; readonly owner: string; readonly answer?: string }>(
    now,
  );
  const claim = ({ key, body, owner }: ClaimedRequest, keepMs: number): RequestClaim => {
    const known = kept.get(key);
    if (known === undefined) {
      kept.set(key, { body, owner }, keepMs);
      return { state: "claimed" };
    }
    if (known.body !== body) return { state: "reused" };
    return known.answer === undefined ? { state: "in-flight" } : { state: "answered", answer: known.answer };
  };
  return {
    claim: (request, keepMs) => Promise.resolve(claim(request, keepMs)),
    answer: ({ key, body, owner }, answer, keepMs) => {
      if (kept.get(key)?.owner === owner) kept.set(key, { body, owner, answer }, keepMs);
      return Promise.resolve();
    },
    release: ({ key, owner }) => {
      if (kept.get(key)?.owner === owner) kept.delete(key);
      return Promise.resolve();
    },
  };
}

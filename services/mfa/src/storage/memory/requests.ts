import type { ChargedGuess } from "../../domain/verification/attempt-store.js";
import type { ClaimedRequest, RepeatedClaim, RequestLog } from "../../domain/verification/request-log.js";
import { ExpiringMap } from "./expiring-map.js";

interface Kept {
  readonly body: string;
  readonly owner: string;
  readonly leasedUntil: number;
  readonly charged?: ChargedGuess | undefined;
  readonly answer?: string;
}

/** Requests that may be sent again, as the scripts store them in Redis. */
export class Requests {
  readonly #kept: ExpiringMap<Kept>;

  constructor(private readonly now: () => number) {
    this.#kept = new ExpiringMap(now);
  }

  /** `charged`: the result of an earlier try's charge. */
  claim(
    request: ClaimedRequest,
  ): { readonly state: "claimed"; readonly charged: ChargedGuess | undefined } | RepeatedClaim {
    const { body, owner, leaseMs, rememberMs } = request;
    const known = this.#kept.get(keyOf(request));
    const at = this.now();
    if (known !== undefined && known.body !== body) return { state: "reused" };
    if (known?.answer !== undefined) return { state: "answered", answer: known.answer };
    if (known !== undefined && known.leasedUntil > at) return { state: "in-flight" };
    const charged = known?.charged;
    this.#kept.set(keyOf(request), { body, owner, leasedUntil: at + leaseMs, charged }, rememberMs);
    return { state: "claimed", charged };
  }

  remember(request: ClaimedRequest, charged: ChargedGuess): void {
    const known = this.#kept.get(keyOf(request));
    if (known !== undefined) this.#kept.set(keyOf(request), { ...known, charged }, request.rememberMs);
  }

  forgetCharge(request: ClaimedRequest, chargeId: string): void {
    const known = this.#kept.get(keyOf(request));
    const charge = known?.charged?.charge;
    if (known === undefined || charge?.admitted !== true || charge.id !== chargeId) return;
    this.#kept.set(keyOf(request), { ...known, charged: undefined }, request.rememberMs);
  }

  answer(request: ClaimedRequest, answer: string, keepMs: number): void {
    const known = this.#kept.get(keyOf(request));
    if (known?.owner === request.owner) this.#kept.set(keyOf(request), { ...known, answer }, keepMs);
  }

  release(request: ClaimedRequest, { forget }: { readonly forget: boolean }): void {
    const known = this.#kept.get(keyOf(request));
    if (known?.owner !== request.owner) return;
    if (forget || known.charged === undefined) this.#kept.delete(keyOf(request));
    else this.#kept.set(keyOf(request), { ...known, owner: "", leasedUntil: 0 }, request.rememberMs);
  }
}

export function requestLogOf(requests: Requests): RequestLog {
  return {
    claim: (request) => {
      const claim = requests.claim(request);
      return Promise.resolve(claim.state === "claimed" ? { state: "claimed" } : claim);
    },
    answer: (request, answer, keepMs) => {
      requests.answer(request, answer, keepMs);
      return Promise.resolve();
    },
    release: (request, how) => {
      requests.release(request, how);
      return Promise.resolve();
    },
  };
}

function keyOf({ userId, key }: ClaimedRequest): string {
  return `${key}:${userId}`;
}

import {
  type RejectionReason,
  RejectionReasonSchema,
} from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import type { TestService } from "../service.js";
import { BareClient } from "./bare-client.js";

/** A race that one round in a hundred shows is found by 50 rounds of 200 calls with good odds, as each round holds many orders. */
export const ROUNDS = 50;
export const COPIES = 200;

interface Answer {
  readonly outcome:
    | { readonly case: "rejected"; readonly value: { readonly reason: RejectionReason } }
    | { readonly case: string | undefined; readonly value?: unknown };
}

/** Sends calls to all replicas concurrently, or staggered. */
export interface Racers extends AsyncDisposable {
  /**
   * `COPIES` calls, spread over the replicas, and their outcomes: `approved`, `enabled`, the reason of a rejection such as `CODE_REPLAYED`, or
   * an error by its text. `spreadMs` lets them leave one after another: an expected value that is read before a slow step and compared after it
   * passes a burst and fails in single file.
   */
  race(
    call: (client: BareClient, copy: number) => Promise<Answer>,
    spreadMs?: number,
  ): Promise<readonly string[]>;
}

export function racersOf({ replicas }: TestService): Racers {
  const clients = replicas.map(({ url }) => new BareClient(url));
  return {
    race: (call, spreadMs = 0) =>
      Promise.all(
        Array.from({ length: COPIES }, async (_, copy) => {
          if (spreadMs > 0) await after((spreadMs * copy) / COPIES);
          return call(clients[copy % clients.length]!, copy).then(outcomeOf, String);
        }),
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    },
  };
}

function outcomeOf({ outcome }: Answer): string {
  if (outcome.case !== "rejected") return outcome.case ?? "unset";
  const { reason } = outcome.value as { readonly reason: RejectionReason };
  return RejectionReasonSchema.value[reason]?.localName ?? "unknown";
}

export function count(outcomes: readonly string[], wanted: string): number {
  return outcomes.filter((outcome) => outcome === wanted).length;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReasonSchema } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { BareClient } from "../support/bare-client.js";
import type { TestService } from "../support/service.js";

/** A race that one round in a hundred shows is found by 50 rounds of 200 calls with good odds, as each round holds many orders. */
export const ROUNDS = 50;
export const COPIES = 200;

/** Calls whose answers have an outcome. */
type Racing = typeof MfaService.method.verifyCode | typeof MfaService.method.verifySetup;

/** Sends calls to all replicas at once, or apart. */
export interface Racers extends AsyncDisposable {
  /**
   * `COPIES` calls, spread over the replicas. `spreadMs` lets them leave one after another: an expected value that is read before a slow
   * step and compared after it passes a burst and fails in single file.
   */
  race<M extends Racing>(
    method: M,
    request: (copy: number) => MessageInitShape<M["input"]>,
    spreadMs?: number,
  ): Promise<readonly string[]>;
}

export function racersOf({ replicas }: TestService): Racers {
  const clients = replicas.map(({ url }) => new BareClient(url));
  return {
    race: (method, request, spreadMs = 0) =>
      Promise.all(
        Array.from({ length: COPIES }, async (_, copy) => {
          if (spreadMs > 0) await after((spreadMs * copy) / COPIES);
          return outcomeOf(clients[copy % clients.length]!, method, request(copy));
        }),
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    },
  };
}

/** `approved`, `enabled`, the reason of a rejection such as `CODE_REPLAYED`, or an error by its text. */
async function outcomeOf(
  client: BareClient,
  method: Racing,
  request: MessageInitShape<Racing["input"]>,
): Promise<string> {
  try {
    const { outcome } = await client.call(method, request);
    if (outcome.case !== "rejected") return outcome.case ?? "unset";
    return RejectionReasonSchema.value[outcome.value.reason]?.localName ?? "unknown";
  } catch (error) {
    return String(error);
  }
}

export function count(outcomes: readonly string[], wanted: string): number {
  return outcomes.filter((outcome) => outcome === wanted).length;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

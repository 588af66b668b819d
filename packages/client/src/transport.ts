import { randomInt, randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { CountersignError } from "./countersign-error.js";
import { isRepeatable, repeatableRequest } from "./repeatable.js";
import { type Timing, withRetries } from "./retry.js";

export interface ClientOptions {
  /** For example `http://127.0.0.1:50051` or `https://countersign.internal`. */
  readonly baseUrl: string;
  /** Returns the bearer token of each call, without the word Bearer. Called for every try of every call, because tokens live for minutes. */
  readonly credential?: () => string | Promise<string>;
  /** For an `https` address, all in PEM: a certificate authority instead of the system's, and a client certificate that names the caller. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Default time limit of a call in milliseconds, including retries. Default 5,000. */
  readonly defaultTimeoutMs?: number;
  /** The same for SetupMfa and SendVerificationCode, which wait for a message provider. Default 15,000. */
  readonly sendTimeoutMs?: number;
}

const SENDING: ReadonlySet<DescMethod> = new Set<DescMethod>([
  MfaService.method.setupMfa,
  MfaService.method.sendVerificationCode,
]);

const TIMING: Timing = {
  now: () => performance.now(),
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
  chance: () => randomInt(1_000_000) / 1_000_000,
};

/** gRPC with a credential and a deadline on each call, and retries wherever nothing can happen twice. */
export function createTransport(options: ClientOptions): Transport {
  const { defaultTimeoutMs = 5_000, sendTimeoutMs = 15_000 } = options;
  const once = openTransport(options);
  return {
    unary(method, signal, timeoutMs, header, message, contextValues) {
      const request = repeatableRequest(method, message, randomUUID);
      const timeLimitMs = timeoutMs ?? (SENDING.has(method) ? sendTimeoutMs : defaultTimeoutMs);
      const call = { timeoutMs: timeLimitMs, signal, repeatable: isRepeatable(method) };
      return withRetries(call, TIMING, (leftMs) =>
        once.unary(method, signal, leftMs, header, request, contextValues),
      ).catch((thrown: unknown) => {
        throw CountersignError.from(thrown);
      });
    },
    stream: (...call) => once.stream(...call),
  };
}

/** A connection that was silent for a while may be dead: it is pinged before a call is sent on it. */
function openTransport({ baseUrl, credential, tls }: ClientOptions): Transport {
  return createGrpcTransport({
    baseUrl,
    pingIntervalMs: 20_000,
    pingTimeoutMs: 2_000,
    ...(tls === undefined ? {} : { nodeOptions: tls }),
    interceptors: credential === undefined ? [] : [bearer(credential)],
  });
}

function bearer(credential: () => string | Promise<string>): Interceptor {
  return (next) => async (request) => {
    request.header.set("authorization", `Bearer ${await credential()}`);
    return next(request);
  };
}

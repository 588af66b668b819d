import type { AddressInfo } from "node:net";
import { type ListenerObserver, UNOBSERVED_LISTENER } from "../bounds/listener-observer.js";
import type { ListenAddress, TlsMaterial } from "../bounds/listener-options.js";
import { type AnswerOptions, answerRequests } from "../connect/answer-requests.js";
import { createGrpcFastPath } from "../fast-path/grpc-fast-path.js";
import { http1Exchange } from "../http1/http1-exchange.js";
import { limitResets } from "../http2/client-resets.js";
import { http2Exchange } from "../http2/http2-exchange.js";
import { type ConnectionLimits, DEFAULT_LIMITS } from "../limits/limits.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import type { ServedService } from "../services/served-service.js";
import { HttpServer, type RequestHandlers } from "./http-server.js";
import type { ServerLoad } from "./server-connections.js";

export interface ListenerOptions extends ListenAddress, AnswerOptions {
  readonly services: readonly ServedService[];
  readonly pipeline: Pipeline;
  readonly tls?: TlsMaterial;
  readonly limits?: Partial<ConnectionLimits>;
  readonly observer?: ListenerObserver;
}

/** The open port. Disposing of it cuts every call off; drain it first. */
export interface Listening extends AsyncDisposable {
  readonly address: AddressInfo;
  /**
   * Stops accepting, asks clients to reconnect elsewhere and ends streams; calls in flight finish. A connection is asked at its next request, which
   * it still answers, or after `quietMs` without one (default 0), so that no request crosses the GOAWAY. Resolves when every connection is closed; what is
   * left after `graceMs` is cut off. Handlers may still run then: wait for the pipeline's `idle()`.
   */
  drain(graceMs: number, quietMs?: number): Promise<void>;
  load(): ServerLoad;
  /** Uses new certificates for connections from now on. */
  renewTls(tls: TlsMaterial): void;
}

/** Serves gRPC, gRPC-Web and Connect over HTTP/2 and HTTP/1.1 on one port. Rejects if the port cannot be opened. */
export async function listen({ services, pipeline, ...options }: ListenerOptions): Promise<Listening> {
  const { tls } = options;
  const port = new HttpServer(requestHandlers(services, pipeline, options), {
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    observer: options.observer ?? UNOBSERVED_LISTENER,
    describe: pipeline.describe,
    ...(tls === undefined ? {} : { tls }),
  });
  const address = await port.open(options);
  async function drain(graceMs: number, quietMs = 0): Promise<void> {
    pipeline.endStreams();
    await port.drain(graceMs, quietMs);
  }
  return {
    address,
    drain,
    load: () => port.load,
    renewTls: (renewed) => port.renewTls(renewed),
    [Symbol.asyncDispose]: () => drain(0),
  };
}

/** Plain gRPC calls go the short way, everything else through Connect. */
function requestHandlers(
  services: readonly ServedService[],
  pipeline: Pipeline,
  options: Pick<ListenerOptions, "tls" | keyof AnswerOptions>,
): RequestHandlers {
  const serve = answerRequests(services, pipeline, { ...options, secure: options.tls !== undefined });
  const takeLean = createGrpcFastPath(pipeline, services);
  return {
    onStream: (stream, headers, origin) => {
      const call = takeLean(stream, headers, origin);
      if (call !== undefined) {
        limitResets(stream, () => call.isAuthenticated);
        return () => call.cancel();
      }
      const { peer, onJudged } = origin;
      void serve({ ...http2Exchange(stream, headers, peer), onJudged });
      return undefined;
    },
    onRequest: (request, response, { peer, onJudged }) =>
      void serve({ ...http1Exchange(request, response, peer), onJudged }),
  };
}

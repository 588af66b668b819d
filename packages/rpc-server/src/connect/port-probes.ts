import { isWellFormedAuthority } from "../http/authority.js";
import type { Exchange } from "../http/exchange.js";
import type { ServeExchange } from "./serve-exchange.js";

/** Probes of load balancers on the port itself. Must answer immediately, from known state. */
export interface PortProbes {
  /** The process can answer. */
  live(): boolean;
  /** The service should receive calls. */
  ready(): boolean;
}

/**
 * Answers `GET /livez` and `/readyz` with 200 or 503 and nothing else, for proxies that can probe only the port that they forward to. The client
 * counts as one without a caller; there is no access line.
 */
export function withProbes(serve: ServeExchange, probes: PortProbes): ServeExchange {
  const probesByPath = new Map([
    ["/livez", () => probes.live()],
    ["/readyz", () => probes.ready()],
  ]);
  return async (exchange) => {
    const probe = isProbe(exchange) ? probesByPath.get(exchange.path.split("?", 1)[0] ?? "") : undefined;
    if (probe === undefined) return serve(exchange);
    exchange.onJudged?.(false);
    return exchange.answer({ status: probe() ? 200 : 503 });
  };
}

/** A request of HTTP/1.0, which HAProxy's checks are by default, has no Host. */
function isProbe({ method, authority }: Exchange): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  return authority === undefined || isWellFormedAuthority(authority);
}

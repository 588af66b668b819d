import { cors } from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { DescribeError } from "../errors/rpc-error.js";
import { TransportError } from "../errors/transport-error.js";
import type { Exchange } from "../http/exchange.js";
import { REQUEST_ID_HEADER, requestIdFrom } from "../pipeline/request-id.js";
import { httpRefusal } from "../refusals/http-refusal.js";
import type { ServeExchange } from "./serve-exchange.js";

/** Security headers for browsers, and which origins may call. */
export interface BrowserPolicy {
  /** max-age of Strict-Transport-Security in seconds. Undefined: no such header. */
  readonly hstsMaxAge: number | undefined;
  readonly csp: boolean;
  /** Origins that may call beside our own. */
  readonly corsOrigins: ReadonlySet<string>;
}

interface BrowserRules {
  readonly policy: () => BrowserPolicy;
  /** Whether the port speaks TLS: over cleartext browsers must ignore HSTS (RFC 6797 section 7.2). */
  readonly secure: boolean;
  readonly describe: DescribeError;
}

const REQUEST_HEADERS = [...cors.allowedHeaders, "Authorization", "X-Request-Id"].join(", ");
const RESPONSE_HEADERS = [...cors.exposedHeaders, "X-Request-Id", "Retry-After"].join(", ");
/** Short, because a change of policy must take effect soon. */
const PREFLIGHT_MAX_AGE_S = "600";

/** Adds the policy's headers to every answer, answers preflights, and refuses calls from pages of other origins before any work is done. */
export function withBrowserRules(
  serve: ServeExchange,
  { policy, secure, describe }: BrowserRules,
): ServeExchange {
  return async (exchange) => {
    const rules = policy();
    const origin = exchange.header("origin");
    const foreign =
      origin !== undefined && origin !== `${secure ? "https" : "http"}://${exchange.authority ?? ""}`;
    const allowed = !foreign || rules.corsOrigins.has(origin);
    const headers = { ...securityHeaders(rules, secure), ...(allowed && foreign ? corsHeaders(origin) : {}) };
    const answering = withHeaders(exchange, headers);
    if (!allowed) await answering.answer(foreignOrigin(exchange, describe));
    else if (foreign && isPreflight(exchange))
      await answering.answer({ status: 204, header: preflightHeaders() });
    else await serve(answering);
  };
}

function foreignOrigin(exchange: Exchange, describe: DescribeError): UniversalServerResponse {
  const error = new TransportError("ORIGIN_NOT_ALLOWED", "pages of this origin may not call");
  const requestId = requestIdFrom(exchange.header(REQUEST_ID_HEADER));
  const header = { [REQUEST_ID_HEADER]: requestId };
  return httpRefusal({ status: 403, header }, describe(error, requestId));
}

function isPreflight(exchange: Exchange): boolean {
  return exchange.method === "OPTIONS" && exchange.header("access-control-request-method") !== undefined;
}

function withHeaders(exchange: Exchange, added: Readonly<Record<string, string>>): Exchange {
  return {
    ...exchange,
    answer(response) {
      const header = new Headers(response.header);
      for (const [name, value] of Object.entries(added)) header.set(name, value);
      return exchange.answer({ ...response, header });
    },
  };
}

function securityHeaders({ hstsMaxAge, csp }: BrowserPolicy, secure: boolean): Record<string, string> {
  return {
    vary: "origin",
    // Answers contain secrets that no cache may store (ASVS 14.3.2).
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(csp ? { "content-security-policy": "default-src 'none'; frame-ancestors 'none'" } : {}),
    ...(secure && hstsMaxAge !== undefined ? { "strict-transport-security": `max-age=${hstsMaxAge}` } : {}),
  };
}

/** No credentials: callers use a token in a header, never a cookie. */
function corsHeaders(origin: string): Record<string, string> {
  return { "access-control-allow-origin": origin, "access-control-expose-headers": RESPONSE_HEADERS };
}

function preflightHeaders(): Headers {
  return new Headers({
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": REQUEST_HEADERS,
    "access-control-max-age": PREFLIGHT_MAX_AGE_S,
  });
}

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../bounds/listener-options.js";
import { isWellFormedAuthority } from "../http/authority.js";
import { firstValue } from "../http/header-fields.js";
import { isSentLocally } from "../peer/loopback.js";
import { boundConnections } from "./admin-connections.js";
import { isOwnHost } from "./admin-hosts.js";

/** The result of a probe. Details are shown with `?verbose` and never contain a secret. */
export interface ProbeResult {
  readonly ok: boolean;
  /** The state of each check in a word or two, for example `{ postgres: "ok", redis: "not reached" }`. */
  readonly checks: Readonly<Record<string, string>>;
}

/** The state of the service. Must answer immediately, from known state. */
export interface Probes {
  /** The process can answer. Independent of its dependencies: a restart would not repair those. */
  live(): ProbeResult;
  /** The service should receive calls. */
  ready(): ProbeResult;
  /** The stores have answered once. */
  started(): ProbeResult;
}

export interface AdminPage {
  readonly contentType: string;
  readonly body: string;
}

/** A further page. A `local` one is served only to clients on this machine that use a name of this machine. */
export interface AdminRoute {
  readonly path: string;
  readonly local: boolean;
  page(): AdminPage | Promise<AdminPage>;
}

export interface AdminOptions extends ListenAddress {
  readonly probes: Probes;
  /** Host names under which pages other than the probes answer, beside addresses and names of this machine. */
  readonly allowedHosts?: readonly string[];
  /** Serves /metrics; 404 without it. */
  readonly metrics?: () => AdminPage | Promise<AdminPage>;
  readonly routes?: readonly AdminRoute[];
  /** Called if rendering a page fails. */
  readonly onFault: (fault: unknown) => void;
}

export interface AdminListening extends AsyncDisposable {
  readonly address: AddressInfo;
}

/** A silent connection is closed within a second or two, or immediately for a newer one: probes must not wait for it. */
const TIMES = { headersTimeout: 2_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 };
const MAX_CONNECTIONS = 100;

type Answer = { readonly status: number } & AdminPage;

/** Serves probes and metrics in cleartext on their own port. Rejects if the port cannot be opened. */
export async function listenAdmin(options: AdminOptions): Promise<AdminListening> {
  const pages = pagesOf(options);
  const server = createServer(TIMES, (request, response) => {
    void answerTo(request, pages)
      .catch((fault: unknown) => {
        options.onFault(fault);
        return text(500, "internal error");
      })
      .then((answer) => send(request, response, answer));
  });
  boundConnections(server, MAX_CONNECTIONS);
  server.listen({ host: options.host, port: options.port });
  await once(server, "listening");
  return {
    address: server.address() as AddressInfo,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface PageRequest {
  readonly verbose: boolean;
  readonly isLocal: boolean;
  /** Of the well-formed Host header. */
  readonly host: string;
}

type Page = (request: PageRequest) => Answer | Promise<Answer>;

function pagesOf({
  host,
  allowedHosts = [],
  probes,
  metrics,
  routes = [],
}: AdminOptions): ReadonlyMap<string, Page> {
  const allowed = new Set([host.toLowerCase(), ...allowedHosts]);
  const pages = new Map<string, Page>();
  pages.set("/livez", ({ verbose }) => verdict(probes.live(), verbose));
  pages.set("/readyz", ({ verbose }) => verdict(probes.ready(), verbose));
  pages.set("/startupz", ({ verbose }) => verdict(probes.started(), verbose));
  if (metrics !== undefined) {
    pages.set("/metrics", async (asked) =>
      isOwnHost(asked.host, allowed) ? { status: 200, ...(await metrics()) } : FOREIGN_HOST,
    );
  }
  for (const route of routes) {
    pages.set(route.path, async (asked) => {
      if (route.local && !asked.isLocal) return text(404, "not found");
      return isOwnHost(asked.host, allowed) ? { status: 200, ...(await route.page()) } : FOREIGN_HOST;
    });
  }
  return pages;
}

async function answerTo(request: IncomingMessage, pages: ReadonlyMap<string, Page>): Promise<Answer> {
  const { host = "" } = request.headers;
  // HTTP/1.0 has no Host header, and HAProxy's probes are HTTP/1.0 by default.
  const mayLackHost = request.httpVersion === "1.0" && host === "";
  if (!mayLackHost && !isWellFormedAuthority(host)) return text(400, "bad request");
  const [path = "", query] = (request.url ?? "").split("?", 2);
  const page = pages.get(path);
  if (page === undefined) return text(404, "not found");
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "only GET is served");
  const address = request.socket.remoteAddress ?? "";
  const isLocal = isSentLocally({ address, host, header: (name) => firstValue(request.headers[name]) });
  return page({ verbose: new URLSearchParams(query).has("verbose"), isLocal, host });
}

/** Misdirected Request (RFC 9110 section 15.5.20). */
const FOREIGN_HOST = text(421, "this host name is not served: see ADMIN_ALLOWED_HOSTS");

function verdict({ ok, checks }: ProbeResult, verbose: boolean): Answer {
  const status = ok ? 200 : 503;
  if (!verbose) return text(status, ok ? "ok" : "not ok");
  return { status, contentType: "application/json", body: `${JSON.stringify({ ok, checks })}\n` };
}

function text(status: number, body: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${body}\n` };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body }: Answer,
): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

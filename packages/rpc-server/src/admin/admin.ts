import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../bounds/listener-options.js";
import { isWellFormedAuthority } from "../http/authority.js";
import { firstValue } from "../http/header-fields.js";
import { isSentLocally } from "../peer/loopback.js";
import { boundConnections } from "./admin-connections.js";
import { isOwnHost } from "./admin-hosts.js";
import { readBody } from "./read-body.js";

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
  /**
   * Answers a POST of JSON, given as it was sent: at most 1 KiB, unread. Without it only GET is served. No web page can have a browser send one:
   * JSON for another origin needs a preflight, which is refused.
   */
  readonly change?: (body: string) => Answer | Promise<Answer>;
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
const MAX_BODY_BYTES = 1_024;

type Answer = {
  readonly status: number;
  /** What a 405 says may be done. */
  readonly allow?: string;
} & AdminPage;

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
type Change = (asked: PageRequest, request: IncomingMessage) => Promise<Answer>;

interface ServedPages {
  /** By path. */
  readonly pages: ReadonlyMap<string, Page>;
  /** What POST does, for paths that are among the pages. */
  readonly changes: ReadonlyMap<string, Change>;
}

function pagesOf({ host, allowedHosts = [], probes, metrics, routes = [] }: AdminOptions): ServedPages {
  const allowed = new Set([host.toLowerCase(), ...allowedHosts]);
  const pages = new Map<string, Page>();
  const changes = new Map<string, Change>();
  pages.set("/livez", ({ verbose }) => verdict(probes.live(), verbose));
  pages.set("/readyz", ({ verbose }) => verdict(probes.ready(), verbose));
  pages.set("/startupz", ({ verbose }) => verdict(probes.started(), verbose));
  if (metrics !== undefined) {
    pages.set("/metrics", async (asked) =>
      isOwnHost(asked.host, allowed) ? { status: 200, ...(await metrics()) } : FOREIGN_HOST,
    );
  }
  for (const route of routes) {
    const refusal = ({ isLocal, host: asked }: PageRequest) => {
      if (route.local && !isLocal) return text(404, "not found");
      return isOwnHost(asked, allowed) ? undefined : FOREIGN_HOST;
    };
    pages.set(route.path, async (asked) => refusal(asked) ?? { status: 200, ...(await route.page()) });
    const { change } = route;
    if (change !== undefined)
      changes.set(route.path, async (asked, request) => refusal(asked) ?? changed(request, change));
  }
  return { pages, changes };
}

async function changed(request: IncomingMessage, change: NonNullable<AdminRoute["change"]>): Promise<Answer> {
  const [type = ""] = (request.headers["content-type"] ?? "").split(";", 1);
  if (type.trim().toLowerCase() !== "application/json") return text(415, "the body must be application/json");
  const body = await readBody(request, MAX_BODY_BYTES);
  return body === undefined ? text(413, "the body is too large") : change(body);
}

async function answerTo(request: IncomingMessage, { pages, changes }: ServedPages): Promise<Answer> {
  const { host = "" } = request.headers;
  // HTTP/1.0 has no Host header, and HAProxy's probes are HTTP/1.0 by default.
  const mayLackHost = request.httpVersion === "1.0" && host === "";
  if (!mayLackHost && !isWellFormedAuthority(host)) return text(400, "bad request");
  const [path = "", query] = (request.url ?? "").split("?", 2);
  const page = pages.get(path);
  if (page === undefined) return text(404, "not found");
  const address = request.socket.remoteAddress ?? "";
  const isLocal = isSentLocally({ address, host, header: (name) => firstValue(request.headers[name]) });
  const asked = { verbose: new URLSearchParams(query).has("verbose"), isLocal, host };
  if (request.method === "GET" || request.method === "HEAD") return page(asked);
  const change = changes.get(path);
  if (change === undefined) return NOT_SERVED;
  return request.method === "POST" ? change(asked, request) : ALSO_POST;
}

const NOT_SERVED: Answer = { ...text(405, "only GET is served"), allow: "GET, HEAD" };
const ALSO_POST: Answer = { ...text(405, "only GET and POST are served"), allow: "GET, HEAD, POST" };

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
  { status, allow, contentType, body }: Answer,
): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

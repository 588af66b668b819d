import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { TlsMaterial } from "../bounds/listener-options.js";
import type { DescribeError } from "../errors/rpc-error.js";
import type { ConnectionLimits } from "../limits/limits.js";
import { answerUnreadable } from "../refusals/client-error.js";
import { type HttpVersion, sniffHttpVersion } from "./sniff.js";

export interface DetectingServerOptions {
  readonly limits: ConnectionLimits;
  readonly tls?: TlsMaterial;
  /** Holds each connection until its HTTP version is detected. */
  readonly undecided: Set<Socket>;
  readonly describe: DescribeError;
  readonly onRequest: RequestListener;
  /** Takes a connection that speaks HTTP/2. */
  readonly onHttp2: (socket: Socket) => void;
}

/**
 * The server that owns the port. It is Node's own HTTP/1.1 server, because only sockets of its own are held to the header
 * and request time limits; connections that speak HTTP/2 are handed on.
 */
export function createDetectingServer(options: DetectingServerOptions): Server | TlsServer {
  const { limits, tls } = options;
  const { onRequest, onClientError } = withUnreadableAnswered(options);
  const timeouts = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // Missing ones are refused with the malformed ones, because Node's own answer does not say why.
    requireHostHeader: false,
  };
  const front =
    tls === undefined
      ? createServer(timeouts, onRequest)
      : createTlsServer(
          { ...timeouts, ...tlsOptions(tls), handshakeTimeout: limits.sniffTimeoutMs },
          onRequest,
        );
  // An unknown expectation may be ignored (RFC 9110 section 10.1.1).
  front.on("checkExpectation", onRequest);
  front.on("clientError", onClientError);
  handOverHttp2(front, tls === undefined ? "connection" : "secureConnection", options);
  return front;
}

interface LastRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Unparsable bytes are answered too, after the answers to earlier requests. Not if they are the rest of a request whose answer has begun: the error
 * would end up inside that answer. Requests after an answer that closes the connection must not take effect, because they would get no answer (RFC
 * 9112 section 9.6).
 */
function withUnreadableAnswered({ onRequest: serve, describe }: DetectingServerOptions) {
  /** The last request of a connection, while its answer is under way or if that closes the connection. */
  const last = new WeakMap<Duplex, LastRequest>();
  const unreadable = new WeakSet<Duplex>();
  return {
    onRequest: (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request;
      if (unreadable.has(socket) || last.get(socket)?.response.shouldKeepAlive === false) return;
      last.set(socket, { request, response });
      response.once("close", () => {
        if (response.shouldKeepAlive && last.get(socket)?.response === response) last.delete(socket);
      });
      serve(request, response);
    },
    onClientError: (fault: Error, socket: Duplex) => {
      // The rest of unparsable bytes is not reported again.
      if (unreadable.has(socket)) return;
      unreadable.add(socket);
      const earlier = last.get(socket);
      // Answers are sent in the order of their requests, so all are complete when the last is.
      if (earlier?.request.complete === true) {
        earlier.response.once("close", () => {
          if (socket.writable) answerUnreadable(fault, socket, describe);
        });
      } else if (!socket.writable || earlier?.response.headersSent === true) socket.destroy();
      else answerUnreadable(fault, socket, describe);
    },
  };
}

/** The TLS options, at the start and when certificates change. */
export function tlsOptions({ cert, key, clientCa, requireClientCert }: TlsMaterial) {
  return {
    cert,
    key,
    minVersion: "TLSv1.2" as const,
    ALPNProtocols: ["h2", "http/1.1"],
    ...(clientCa === undefined
      ? {}
      : { ca: clientCa, requestCert: true, rejectUnauthorized: requireClientCert ?? false }),
  };
}

function handOverHttp2(
  front: Server,
  event: "connection" | "secureConnection",
  { limits, undecided, onHttp2 }: DetectingServerOptions,
): void {
  const speakHttp1 = front.listeners(event)[0] as (this: Server, socket: Socket) => void;
  front.removeAllListeners(event);
  front.on(event, (socket: Socket) => {
    undecided.add(socket);
    void versionOf(socket, limits.sniffTimeoutMs).then((version) => {
      undecided.delete(socket);
      if (version === "2.0") {
        // An HTTP/1.1 server keeps sockets open for its answer after the client's end; an HTTP/2 session would never close.
        socket.allowHalfOpen = false;
        onHttp2(socket);
      } else if (version === "1.1") speakHttp1.call(front, socket);
    });
  });
}

async function versionOf(socket: Socket, timeoutMs: number): Promise<HttpVersion | undefined> {
  const agreed = socket instanceof TLSSocket && socket.alpnProtocol === "h2";
  return agreed ? "2.0" : sniffHttpVersion(socket, timeoutMs);
}

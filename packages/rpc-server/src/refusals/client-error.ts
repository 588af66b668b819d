import type { Duplex } from "node:stream";
import type { DescribeError } from "../errors/rpc-error.js";
import { TransportError, type TransportReason } from "../errors/transport-error.js";
import { REQUEST_ID_HEADER, requestIdFrom } from "../pipeline/request-id.js";
import { refusalBody } from "./http-refusal.js";

interface Unreadable {
  readonly line: string;
  readonly reason: TransportReason;
  readonly message: string;
}

const UNREADABLE: Readonly<Record<string, Unreadable>> = {
  HPE_HEADER_OVERFLOW: {
    line: "431 Request Header Fields Too Large",
    reason: "MESSAGE_TOO_LARGE",
    message: "the headers are too large",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    line: "408 Request Timeout",
    reason: "DEADLINE_EXCEEDED",
    message: "the request did not arrive in time",
  },
};
const MALFORMED: Unreadable = {
  line: "400 Bad Request",
  reason: "MALFORMED_REQUEST",
  message: "the request is not HTTP",
};

/** How long the client may take to read the answer and close. */
const LINGER_MS = 1_000;

/** Answers bytes that are no HTTP/1.1 request, in the form of all our errors, and closes. The bytes are never repeated. */
export function answerUnreadable(fault: Error, socket: Duplex, describe: DescribeError): void {
  const code = "code" in fault ? String(fault.code) : "";
  const { line, reason, message } = UNREADABLE[code] ?? MALFORMED;
  const requestId = requestIdFrom(undefined);
  const body = refusalBody(describe(new TransportError(reason, message), requestId));
  const head = [
    `HTTP/1.1 ${line}`,
    "connection: close",
    "content-type: application/json",
    "cache-control: no-store",
    `content-length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID_HEADER}: ${requestId}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // A socket closed with unread bytes is reset, and the answer may be lost (RFC 9112 section 9.6).
  const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once("end", () => socket.destroy()).once("close", () => clearTimeout(cut));
}

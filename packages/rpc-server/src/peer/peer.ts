import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** The other end of the connection, as the socket knows it: no header can change it. */
export interface Peer {
  readonly address: string;
  /** The local end. */
  readonly local?: { readonly address: string; readonly port: number };
  /** Present only if TLS verified the client's certificate against the configured authority. */
  readonly certificate?: PeerCertificate;
}

export interface PeerCertificate {
  /** Each subject alternative name with its type, for example `URI:spiffe://prod/login` or `DNS:login.internal`. */
  readonly subjectAltNames: readonly string[];
  /** SHA-256 of the certificate, as upper-case hex with colons. */
  readonly fingerprint256: string;
}

const peers = new WeakMap<Socket, Peer>();

/** The peer of a connection. */
export function peerOf(socket: Socket): Peer {
  const known = peers.get(socket);
  if (known !== undefined) return known;
  const certificate = socket instanceof TLSSocket ? certificateOf(socket) : undefined;
  const { remoteAddress, localAddress, localPort } = socket;
  const peer = {
    address: remoteAddress ?? "unknown",
    ...(localAddress === undefined || localPort === undefined
      ? {}
      : { local: { address: localAddress, port: localPort } }),
    ...(certificate === undefined ? {} : { certificate }),
  };
  peers.set(socket, peer);
  return peer;
}

/** Only a certificate that the handshake verified counts. */
function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  const { subjectaltname, fingerprint256 } = socket.getPeerCertificate();
  return { subjectAltNames: splitAltNames(subjectaltname ?? ""), fingerprint256 };
}

/** Node joins names by a comma and a blank, and quotes as JSON every value that holds a comma itself (CVE-2021-44532). */
function splitAltNames(joined: string): string[] {
  const names = joined.match(/[A-Za-z ]+:(?:"(?:[^"\\]|\\.)*"|[^,"]*)/g) ?? [];
  return names.map((name) => {
    const colon = name.indexOf(":");
    const value = name.slice(colon + 1);
    return `${name.slice(0, colon).trim()}:${value.startsWith('"') ? String(JSON.parse(value)) : value}`;
  });
}

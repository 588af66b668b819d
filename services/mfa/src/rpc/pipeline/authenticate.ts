import { BlockList, isIP } from "node:net";
import type { Caller } from "../../domain/caller.js";
import type { HeaderLookup, Peer, Rpc } from "./call-context.js";

/** What a credential is judged by. */
export interface Credentials {
  readonly rpc: Rpc;
  readonly header: HeaderLookup;
  readonly peer: Peer;
  readonly requestId: string;
}

/** Names the caller, or answers undefined, which refuses the call as UNAUTHENTICATED. Any throw refuses too. */
export type Authenticate = (credentials: Credentials) => Caller | undefined | Promise<Caller | undefined>;

/** Counts the call against its caller's limits. Must throw MfaError CALLER_RATE_LIMITED or OVERLOADED to refuse it. */
export type Admit = (caller: Caller, rpc: Rpc) => void | Promise<void>;

/** Must throw MfaError PERMISSION_DENIED for an RPC that the caller may not call. Asked after `Admit`: what is denied counts as well. */
export type Permit = (caller: Caller, call: Pick<Credentials, "rpc" | "requestId">) => void | Promise<void>;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether an address belongs to this machine; an IPv4 address in IPv6 form counts as the IPv4 address. */
function isLoopback(address: string): boolean {
  const plain = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  const family = isIP(plain);
  return family !== 0 && loopback.check(plain, family === 4 ? "ipv4" : "ipv6");
}

/** Development only: every process on this machine is one and the same caller; nobody else is let in. */
export function developmentCaller({ peer }: Credentials): Caller | undefined {
  return isLoopback(peer.address) ? { id: "development" } : undefined;
}

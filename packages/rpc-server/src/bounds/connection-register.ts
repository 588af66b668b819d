import type { ConnectionLimits } from "../limits/limits.js";
import { ByPeer } from "../peer/by-peer.js";
import type { ListenerObserver } from "./listener-observer.js";
import type { OpenConnection } from "./open-connection.js";

type Limits = Pick<ConnectionLimits, "maxConnections" | "maxConnectionsPerPeer">;

/**
 * Every open connection, and which of them have no authenticated caller yet: those are closed when places run out, the oldest idle one first, so that
 * idle connections cannot keep a new client out.
 */
export class ConnectionRegister {
  readonly #all = new Set<OpenConnection>();
  readonly #anonymous = new ByPeer<OpenConnection>();

  constructor(
    private readonly limits: Limits,
    private readonly observer: ListenerObserver,
  ) {}

  get all(): ReadonlySet<OpenConnection> {
    return this.#all;
  }

  /** Registers a new connection, closing another if there are too many. False: every other one has an authenticated caller. */
  admit(connection: OpenConnection): boolean {
    const { maxConnections, maxConnectionsPerPeer } = this.limits;
    if (this.#anonymous.sizeOf(connection.peerGroup) >= maxConnectionsPerPeer) {
      this.#evict(this.#anonymous.of(connection.peerGroup), "evicted_peer");
    }
    if (this.#all.size >= maxConnections && !this.#evict(this.#anonymous.all(), "evicted")) {
      this.observer.connectionEnded("refused");
      return false;
    }
    this.#all.add(connection);
    this.#anonymous.add(connection);
    return true;
  }

  /** A caller was authenticated on it: it is no longer closed for a newer one. */
  authenticated(connection: OpenConnection): void {
    this.#anonymous.delete(connection);
  }

  remove(connection: OpenConnection): void {
    this.#all.delete(connection);
    this.#anonymous.delete(connection);
  }

  #evict(candidates: Iterable<OpenConnection>, reason: "evicted" | "evicted_peer"): boolean {
    let victim: OpenConnection | undefined;
    for (const candidate of candidates) {
      victim ??= candidate;
      if (candidate.isIdle) {
        victim = candidate;
        break;
      }
    }
    if (victim === undefined) return false;
    this.remove(victim);
    victim.cut();
    this.observer.connectionEnded(reason);
    return true;
  }
}

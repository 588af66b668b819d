import type { Socket } from "node:net";
import { peerGroup } from "../rpc/pipeline/peer-group.js";

/** What a connection does once it has shown which HTTP it speaks. */
export interface Conversation {
  /** No call is under way. */
  readonly isIdle: boolean;
  /** Calls under way. */
  readonly openStreams: number;
  /** A caller was authenticated on it. */
  authenticated(): void;
  /** Asks the client to go elsewhere; calls under way finish. */
  retire(): void;
  /** Ends what has taken too long, by the monotonic clock. Called again and again while the connection is open. */
  check(now: number): void;
  /** Ends it at once. */
  cut(): void;
}

/** One connection from the moment it was accepted, whatever it will speak. */
export class OpenConnection {
  readonly peerGroup: string;
  #conversation: Conversation | undefined;
  #authenticated = false;

  constructor(
    private readonly socket: Socket,
    private readonly onAuthenticated: (connection: OpenConnection) => void,
  ) {
    this.peerGroup = peerGroup(socket.remoteAddress ?? "unknown");
  }

  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  get isIdle(): boolean {
    return this.#conversation?.isIdle ?? true;
  }

  speaks(conversation: Conversation): void {
    this.#conversation = conversation;
  }

  authenticated(): void {
    if (this.#authenticated) return;
    this.#authenticated = true;
    this.#conversation?.authenticated();
    this.onAuthenticated(this);
  }

  check(now: number): void {
    this.#conversation?.check(now);
  }

  cut(): void {
    this.#conversation?.cut();
    this.socket.destroy();
  }
}

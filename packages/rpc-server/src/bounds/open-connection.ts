import type { Socket } from "node:net";

/** A connection after its HTTP version was detected. */
export interface Conversation {
  /** No call is under way. */
  readonly isIdle: boolean;
  /** Calls under way. */
  readonly openStreams: number;
  /** A caller was authenticated on it. */
  authenticated(): void;
  /** Ends it with its next request, which is still answered: no request can cross the end. */
  leave(): void;
  /** Asks the client to reconnect elsewhere; calls under way finish. */
  retire(): void;
  /** Ends what has taken too long, by the monotonic clock. Called repeatedly while the connection is open. */
  check(now: number): void;
  /** Closes it immediately. */
  cut(): void;
}

/** Events on connections that the limits depend on. */
export interface ConnectionEvents {
  /** A caller was authenticated on it for the first time. */
  authenticated(connection: OpenConnection): void;
  /** It made a call without an authenticated caller. */
  anonymousCall(connection: OpenConnection): void;
}

/** One connection from its acceptance, whatever its protocol. */
export class OpenConnection {
  #conversation: Conversation | undefined;
  #authenticated = false;

  constructor(
    private readonly socket: Socket,
    readonly peerGroup: string,
    private readonly events: ConnectionEvents,
  ) {}

  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  get isIdle(): boolean {
    return this.#conversation?.isIdle ?? true;
  }

  speaks(conversation: Conversation): void {
    this.#conversation = conversation;
  }

  /** The credential of a call was checked. */
  judged(authenticated: boolean): void {
    if (this.socket.destroyed) return;
    if (authenticated) this.#authenticate();
    else this.events.anonymousCall(this);
  }

  check(now: number): void {
    this.#conversation?.check(now);
  }

  cut(): void {
    this.#conversation?.cut();
    this.socket.destroy();
  }

  #authenticate(): void {
    if (this.#authenticated) return;
    this.#authenticated = true;
    this.#conversation?.authenticated();
    this.events.authenticated(this);
  }
}

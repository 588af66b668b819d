import { connect, type Socket } from "node:net";
import { PREFACE, settingsBytes } from "../../support/http2-bytes.js";

export interface FloodTarget {
  readonly port: number;
  readonly adminPort: number;
  /** The address that it comes from: of the stranger's own, or one that callers share with it as behind a proxy. */
  readonly from: string;
}

/** Where a flood goes, and how much of it, from 0 to 1. */
export interface SharedTarget extends FloodTarget {
  readonly share: number;
}

/** From where, how many connections are held, and how many may be opened in a second, at the start and in place of those that the server ends. */
export interface ConnectionFlood {
  readonly port: number;
  readonly from: string;
  readonly connections: number;
  readonly connectionsPerSecond: number;
}

const TICK_MS = 20;

/**
 * Keeps connections open to one port: each that the server ends is opened again, at the flood's rate, as by an attacker who does not tire.
 * `greet` writes to each new one.
 */
export class FloodConnections {
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;
  /** A part of a connection that a tick could not open. */
  #due = 0;

  constructor(
    private readonly flood: ConnectionFlood,
    private readonly options: {
      readonly greet?: (socket: Socket) => void;
      readonly onOpen: () => void;
    },
  ) {
    const { connections, connectionsPerSecond } = flood;
    this.#timer = setInterval(() => {
      this.#due = Math.min(
        this.#due + (connectionsPerSecond * TICK_MS) / 1_000,
        connections - this.#sockets.size,
      );
      for (; this.#due >= 1; this.#due -= 1) this.#open();
    }, TICK_MS);
  }

  get open(): readonly Socket[] {
    return [...this.#sockets].filter(({ readyState }) => readyState === "open");
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): void {
    const { port, from } = this.flood;
    const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("connect", () => {
      this.options.onOpen();
      this.options.greet?.(socket);
      socket.resume();
    });
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

/** What every HTTP/2 client says first. */
export function greeting(settings?: Parameters<typeof settingsBytes>[0]): Buffer {
  return Buffer.concat([PREFACE, settingsBytes(settings)]);
}

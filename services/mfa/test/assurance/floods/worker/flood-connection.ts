import { connect, type Socket } from "node:net";
import { PREFACE, settingsBytes } from "../../support/http2-bytes.js";

export interface FloodTarget {
  readonly port: number;
  readonly adminPort: number;
}

/** Where a flood goes, and how much of it, from 0 to 1. */
export interface RatedTarget extends FloodTarget {
  readonly rate: number;
}

const RECONNECT_MS = 100;

/** An address of the stranger's own: bounds by peer then protect the login service, which has another. */
const STRANGER = "127.0.0.2";

/**
 * Keeps connections open to one port: each that the server ends is opened again a moment later, as by an attacker who does not tire. `greet`
 * writes to each new one.
 */
export class FloodConnections {
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  constructor(
    private readonly port: number,
    count: number,
    private readonly options: {
      readonly greet?: (socket: Socket) => void;
      /** Whether what the server sends is read. */
      readonly reads?: boolean;
      readonly onOpen: () => void;
    },
  ) {
    for (let opened = 0; opened < count; opened += 1) this.#open();
  }

  get open(): readonly Socket[] {
    return [...this.#sockets].filter(({ readyState }) => readyState === "open");
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): void {
    if (this.#stopped) return;
    const socket = connect({ port: this.port, host: "127.0.0.1", localAddress: STRANGER, noDelay: true });
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("connect", () => {
      this.options.onOpen();
      this.options.greet?.(socket);
      if (this.options.reads ?? true) socket.resume();
    });
    socket.on("close", () => {
      this.#sockets.delete(socket);
      setTimeout(() => this.#open(), RECONNECT_MS);
    });
  }
}

/** What every HTTP/2 client says first. */
export function greeting(settings?: Parameters<typeof settingsBytes>[0]): Buffer {
  return Buffer.concat([PREFACE, settingsBytes(settings)]);
}

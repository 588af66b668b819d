import type { Socket } from "node:net";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export type HttpVersion = "1.1" | "2.0";

/**
 * Detects the HTTP version of a new connection from its first bytes, and puts them back. Undefined if the connection ended or sent nothing decisive
 * in time; it is then destroyed.
 */
export async function sniffHttpVersion(socket: Socket, timeoutMs: number): Promise<HttpVersion | undefined> {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0);
    const timer = setTimeout(() => decide(undefined), timeoutMs);
    const onReadable = () => {
      for (let piece = read(socket); piece !== undefined; piece = read(socket)) {
        seen = Buffer.concat([seen, piece]);
        const known = Math.min(seen.length, PREFACE.length);
        const alike = seen.compare(PREFACE, 0, known, 0, known) === 0;
        if (!alike || seen.length >= PREFACE.length) {
          decide(alike ? "2.0" : "1.1");
          return;
        }
      }
    };
    const onEnd = () => decide(undefined);
    function decide(version: HttpVersion | undefined): void {
      clearTimeout(timer);
      socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off("error", onEnd);
      if (version === undefined) socket.on("error", () => undefined).destroy();
      else socket.unshift(seen);
      resolve(version);
    }
    socket.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", onEnd);
  });
}

function read(socket: Socket): Buffer | undefined {
  return (socket.read() as Buffer | null) ?? undefined;
}

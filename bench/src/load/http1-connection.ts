import { once } from "node:events";
import { connect } from "node:net";
import type { Connection, Done } from "./grpc-connection.js";

/** HTTP/1.1 with keep-alive, one call at a time; a success is status 200. */
export async function openHttp1(port: number): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  let waiting: Done | undefined;
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (piece: string) => {
    received += piece;
    if (!isWhole(received)) return;
    const succeeded = received.startsWith("HTTP/1.1 200");
    received = "";
    settle(succeeded);
  });
  socket.on("close", () => settle(false));
  socket.on("error", () => undefined);
  function settle(succeeded: boolean): void {
    const done = waiting;
    waiting = undefined;
    done?.(succeeded);
  }
  return {
    call(request, done) {
      waiting = done;
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
}

function isWhole(response: string): boolean {
  const headEnd = response.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(response.slice(0, headEnd)) ?? [];
  return length === undefined
    ? response.endsWith("0\r\n\r\n")
    : response.length >= headEnd + 4 + Number(length);
}

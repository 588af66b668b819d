import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Keeps a server at `max` connections: a new one replaces the one that has been idle for longest. */
export function boundConnections(server: Server, max: number): void {
  /** In the order in which they became idle. */
  const idle = new Set<Socket>();
  let open = 0;
  server.on("connection", (socket: Socket) => {
    if (open >= max) {
      const [oldest] = idle;
      if (oldest === undefined) {
        socket.destroy();
        return;
      }
      idle.delete(oldest);
      oldest.destroy();
    }
    open += 1;
    idle.add(socket);
    socket.once("close", () => {
      open -= 1;
      idle.delete(socket);
    });
  });
  server.on("request", ({ socket }: { readonly socket: Socket }, response: ServerResponse) => {
    idle.delete(socket);
    response.once("close", () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
}

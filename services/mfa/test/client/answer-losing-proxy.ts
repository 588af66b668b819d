import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and the service, and can cut the connection in the place of the next answer. */
export interface AnswerLosingProxy extends AsyncDisposable {
  readonly url: string;
  /** How many connections were cut. */
  readonly cut: number;
  /** The service does the next call; its first bytes back are swallowed and the connection ends. On a connection in use only. */
  loseNextAnswer(): void;
}

export async function startAnswerLosingProxy(targetUrl: string): Promise<AnswerLosingProxy> {
  let losing = false;
  let cut = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(Number(new URL(targetUrl).port), "127.0.0.1");
    for (const socket of [client, target]) {
      open.add(socket);
      socket.on("error", () => socket.destroy()).on("close", () => open.delete(socket));
    }
    client.on("close", () => target.destroy());
    target.on("close", () => client.destroy());
    client.pipe(target);
    target.on("data", (chunk) => {
      if (!losing) return void client.write(chunk);
      losing = false;
      cut += 1;
      client.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cut() {
      return cut;
    },
    loseNextAnswer() {
      losing = true;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
}

import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** Stands between a client and a server and counts the connections that the client opens. */
export async function countingProxy(targetPort: number) {
  let opened = 0;
  const server = createServer((client) => {
    opened += 1;
    const target = connect(targetPort, "127.0.0.1");
    client.on("error", () => target.destroy()).on("close", () => target.destroy());
    target.on("error", () => client.destroy()).on("close", () => client.destroy());
    client.pipe(target).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: () => opened,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await Promise.resolve();
    },
  };
}

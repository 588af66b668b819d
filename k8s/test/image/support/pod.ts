import { once } from "node:events";
import { chownSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { containersOf, type Manifest, workloadsIn } from "../../support/manifest.js";
import { engine } from "./container.js";
import { type Engine, podman } from "./engine.js";

const RUNTIME_GROUP = 65_532;

/** Puts a Secret's files where `podman play kube` looks for them, with the mode and group that a kubelet would give them. */
export async function mountSecret(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  await podman(engine(), ["volume", "create", name]);
  const folder = await podman(engine(), ["volume", "inspect", "--format", "{{.Mountpoint}}", name]);
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, file);
    writeFileSync(path, content, { mode: 0o440 });
    chownSync(path, 0, RUNTIME_GROUP);
  }
  // podman asks for the Secret itself too, and keeps to the volume where there already is one.
  const secret = join(engine().folder, `${name}.json`);
  writeFileSync(secret, JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name } }));
  await podman(engine(), ["secret", "create", name, secret]);
}

/** The rendered manifests as they stand, save that ports appear on loopback at `at`: podman would take the very same ones of the host. */
export function onLoopback(manifests: readonly Manifest[], at: Readonly<Record<string, number>>): string {
  for (const { pod } of workloadsIn(manifests)) {
    for (const { ports = [] } of containersOf(pod)) {
      for (const port of ports) Object.assign(port, { hostIP: "127.0.0.1", hostPort: at[port.name ?? ""] });
    }
  }
  return manifests.map((each) => JSON.stringify(each)).join("\n---\n");
}

/** A network for pods, and the address under which they reach this machine. */
export async function createNetwork(of: Engine, name: string): Promise<string> {
  await podman(of, ["network", "create", name]);
  return podman(of, ["network", "inspect", "--format", "{{(index .Subnets 0).Gateway}}", name]);
}

/**
 * Forwards ports of an address of this machine to others of its loopback: throw-away servers listen there alone. Disposing of it
 * breaks every connection.
 */
export async function forward(
  host: string,
  ports: readonly (readonly [from: number, to: number])[],
): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const servers = ports.map(([from, to]) =>
    createServer((client) => {
      const upstream = connect(to, "127.0.0.1");
      for (const socket of [client, upstream]) open.add(socket.on("error", () => socket.destroy()));
      client.pipe(upstream).pipe(client);
    }).listen(from, host),
  );
  await Promise.all(servers.map((server) => once(server, "listening")));
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      const listening = servers.filter((server) => server.listening);
      await Promise.all(listening.map((server) => once(server.close(), "close")));
    },
  };
}

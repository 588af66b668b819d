import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDataFolder, unprivilegedUser } from "../../support/backing/data-folder.js";
import { becomesReady, listens, startOnFreePort } from "../../support/backing/free-port.js";
import { localProgram } from "../../support/backing/programs.js";
import { type ServerProcess, startProcess } from "../../support/backing/server-process.js";

export interface Pooler extends AsyncDisposable {
  /** A database's URL by way of the pooler. */
  urlOf(databaseUrl: string): string;
  kill(): Promise<void>;
  /** At the same address. */
  restart(): Promise<void>;
}

/** With two connections for everybody, so that in transaction mode no client finds what it left on one. */
export async function startPgBouncer(
  serverUrl: string,
  poolMode: "transaction" | "session" = "transaction",
): Promise<Pooler> {
  const path = await localProgram("pgbouncer");
  const start = (port: number) => startProcess(commandFor(path, serverUrl, { port, poolMode }));
  const first = await startOnFreePort({ start, answers: listens });
  const { port } = first;
  let server: ServerProcess = first.server;
  const kill = async () => {
    await server[Symbol.asyncDispose]();
  };
  return {
    urlOf: (databaseUrl) => `postgres://countersign@127.0.0.1:${port}${new URL(databaseUrl).pathname}`,
    kill,
    async restart() {
      server = await start(port);
      if (!(await becomesReady(server, () => listens(port)))) throw new Error(server.output());
    },
    [Symbol.asyncDispose]: kill,
  };
}

/** As PgBouncer is without a thought: it knows no startup parameter but its own. */
function commandFor(
  path: string,
  serverUrl: string,
  { port, poolMode }: { readonly port: number; readonly poolMode: string },
): Parameters<typeof startProcess>[0] {
  const { hostname, port: serverPort, username, password } = new URL(serverUrl);
  const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
  const login = `user=${user}${secret === "" ? "" : ` password=${secret}`}`;
  const owner = unprivilegedUser();
  const folder = makeDataFolder("pgbouncer", owner);
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${serverPort || 5432} ${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${poolMode}
default_pool_size = 2
max_client_conn = 200
`,
  );
  if (owner !== undefined) chownSync(file, owner.uid, owner.gid);
  return { command: [path, file], folder, user: owner, stopSignal: "SIGKILL" };
}

import { once } from "node:events";
import { createServer } from "node:net";
import type { ServiceConfig } from "../../config/service-config.js";

/**
 * Throws, naming the setting, if a port cannot be opened. Checked before anything else: a server that fails later must close its store clients, and
 * their log lines would hide the reason.
 */
export async function requireFreePorts(
  config: Pick<ServiceConfig, "host" | "port" | "admin" | "adminPort">,
): Promise<void> {
  await requireFree({ setting: "ADMIN_PORT", port: config.adminPort, host: config.admin.host });
  await requireFree({ setting: "PORT", port: config.port, host: config.host });
  if (config.port !== 0 && config.port === config.adminPort)
    throw new Error(`PORT and ADMIN_PORT are both ${config.port}; set another, or 0`);
}

interface Wanted {
  readonly setting: "PORT" | "ADMIN_PORT";
  readonly port: number;
  readonly host: string;
}

async function requireFree(wanted: Wanted): Promise<void> {
  if (wanted.port === 0) return;
  const server = createServer();
  try {
    server.listen(wanted.port, wanted.host);
    await once(server, "listening");
  } catch (error) {
    throw new Error(explain(error, wanted));
  }
  server.close();
  await once(server, "close");
}

function explain(error: unknown, { setting, port, host }: Wanted): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "an unknown fault";
  switch (code) {
    case "EADDRINUSE":
      return `${setting} ${port} is taken; set another, or 0 (EADDRINUSE on ${host})`;
    case "EACCES":
      return `${setting} ${port} may not be opened by this user; set one from 1024 on (EACCES)`;
    case "EADDRNOTAVAIL":
      return `${setting === "PORT" ? "HOST" : "ADMIN_HOST"} ${host} is not an address of this machine (EADDRNOTAVAIL)`;
    default:
      return `${setting} ${port} cannot be opened on ${host} (${code})`;
  }
}

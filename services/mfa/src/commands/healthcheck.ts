import type { ServiceConfig } from "../config/service-config.js";

const TIME_LIMIT_MS = 2_000;

/** For exec probes where nothing else can ask: exit 0 when /livez answers 200 on this machine. */
export async function runHealthcheck(config: ServiceConfig): Promise<number> {
  const address = config.admin.host;
  const host = address.includes(":") ? `[${address}]` : address;
  const url = `http://${host === "0.0.0.0" || host === "[::]" ? "localhost" : host}:${config.adminPort}/livez`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    return response.ok ? 0 : 1;
  } catch {
    return 1;
  }
}

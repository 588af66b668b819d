import type { ServiceConfig } from "../config/service-config.js";
import type { ProgramContext } from "./command-line/program-context.js";
import { explain } from "./findings/explain.js";

const TIME_LIMIT_MS = 2_000;

export async function runHealthcheckCommand({ configs, note }: ProgramContext): Promise<number> {
  return runHealthcheck(await configs.service(), note);
}

/** For exec probes: exit code 0 if /livez on this machine returns 200, else 1 and one line with the reason. */
export async function runHealthcheck(
  config: Pick<ServiceConfig, "admin" | "adminPort">,
  note: ProgramContext["note"],
): Promise<number> {
  const address = config.admin.host;
  const host = address.includes(":") ? `[${address}]` : address;
  const url = `http://${host === "0.0.0.0" || host === "[::]" ? "localhost" : host}:${config.adminPort}/livez`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    if (response.ok) return 0;
    note(`countersign: ${url} answers ${response.status}`);
  } catch (error) {
    note(`countersign: ${url} does not answer (ADMIN_PORT, ADMIN_HOST): ${explain(error).join("; ")}`);
  }
  return 1;
}

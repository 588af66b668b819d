import type { TestService } from "../../support/service.js";

type Probe = "readyz" | "startupz";

async function ask({ replicas }: Pick<TestService, "replicas">, probe: Probe): Promise<Response> {
  return fetch(`http://127.0.0.1:${replicas[0]!.server.adminAddress.port}/${probe}?verbose`);
}

/** What a probe of the first replica answers. */
export async function readinessOf(
  service: Pick<TestService, "replicas">,
  probe: Probe = "readyz",
): Promise<number> {
  return (await ask(service, probe)).status;
}

/** What it tells people. */
export async function checksOf(
  service: Pick<TestService, "replicas">,
  probe: Probe = "readyz",
): Promise<Readonly<Record<string, string>>> {
  return ((await (await ask(service, probe)).json()) as { checks: Record<string, string> }).checks;
}

import type { Replica } from "./service.js";

/** The samples of /metrics, by name with labels as Prometheus writes them. */
export async function scrape({ server }: Pick<Replica, "server">): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${server.adminAddress.port}/metrics`);
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
  const lines = (await answer.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

import { once } from "node:events";
import { loadEmbeddedDatabase } from "../compose/stores.js";
import type { ServiceConfig } from "../config/service-config.js";
import { startServer } from "../server.js";
import { banner } from "./banner.js";

/** SIGHUP rereads what is followed. Runs until SIGTERM or SIGINT, then drains. A second signal ends the process at once, by its default. */
export async function runServe(config: ServiceConfig): Promise<number> {
  // First of all, because an image without it cannot keep a development key either, and that would be the lesser reason.
  if (config.stores === undefined) await loadEmbeddedDatabase();
  const server = await startServer(config);
  process.stdout.write(banner(config, server));
  const reload = () => void server.reload();
  process.on("SIGHUP", reload);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  process.stdout.write("draining\n");
  await server[Symbol.asyncDispose]();
  process.off("SIGHUP", reload);
  return 0;
}

import { once } from "node:events";
import type { ServiceConfig } from "../config/service-config.js";
import { startServer } from "../server.js";
import { banner } from "./banner.js";

/** Runs until SIGTERM or SIGINT, then drains. SIGHUP reads the keys again. A second signal ends the process at once, by its default. */
export async function runServe(config: ServiceConfig): Promise<number> {
  const server = await startServer(config);
  process.stdout.write(banner(config, server.address));
  process.on("SIGHUP", () => void server.reloadKeys());
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  process.stdout.write("draining\n");
  await server[Symbol.asyncDispose]();
  return 0;
}

import { once } from "node:events";
import { loadEmbeddedDatabase } from "../../compose/stores/embedded-stores.js";
import { ConfigurationError } from "../../config/forms/configuration-error.js";
import { fatalWarnings, type ServiceConfig } from "../../config/service-config.js";
import { startServer } from "../../server.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { watchFatalErrors } from "./fatal-errors.js";
import { requireFreePorts } from "./free-ports.js";
import { openServeLog } from "./serve-log.js";

/** Time to close the stores and the rest after the calls. */
const CLOSING_MS = 5_000;

/**
 * SIGHUP reloads the watched files. Runs until SIGTERM or SIGINT, then drains. A second signal ends the process immediately. A fatal error (an
 * exception or rejection that nothing handles) drains as well, within the same time; the exit code is then 1.
 */
export async function runServe({ configs }: ProgramContext): Promise<number> {
  const config = await configs.service();
  const fatal = fatalWarnings(config);
  if (fatal.length > 0) throw new ConfigurationError(fatal);
  await requireFreePorts(config);
  return await serve(config);
}

async function serve(config: ServiceConfig): Promise<number> {
  // Checked first: an image without it cannot keep a development key either, and that error would hide this one.
  if (config.stores === undefined) await loadEmbeddedDatabase();
  const { log, starting, serving, draining } = openServeLog(config, process.stdout.isTTY);
  starting();
  const limitMs = config.drainDelayMs + config.shutdownTimeoutMs + CLOSING_MS;
  using fatal = watchFatalErrors({ log, limitMs });
  const server = await startServer(config, { log });
  const reload = () => void server.reload();
  process.on("SIGHUP", reload);
  const end = Promise.race([
    once(process, "SIGTERM").then(() => "SIGTERM"),
    once(process, "SIGINT").then(() => "SIGINT"),
    fatal.first.then(() => "a fatal error"),
  ]);
  // A reader of this line may send a signal before anything else is done here.
  serving(server);
  draining(await end);
  await server[Symbol.asyncDispose]();
  process.off("SIGHUP", reload);
  return fatal.met ? 1 : 0;
}

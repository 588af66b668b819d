import type { DescService } from "@bufbuild/protobuf";
import { type Authenticate, developmentCaller, type Permit } from "@countersign/rpc-server";
import type { Log } from "@countersign/telemetry-ports";
import { authenticateCaller } from "../callers/authenticate-caller.js";
import { parseCallersFile } from "../callers/callers-file.js";
import { openTokenKeys } from "../callers/keys/open-token-keys.js";
import { permissionTable } from "../callers/permissions.js";
import { type PermitDeps, permitListed } from "../callers/permit-call.js";
import type { CallerConfig } from "../config/callers/caller-config.js";
import { ConfigurationError } from "../config/forms/configuration-error.js";
import { readSourceFile } from "../config/read-source-file.js";
import type { ServiceConfig } from "../config/service-config.js";
import { type Reloads, reporting } from "../reload/reloads.js";
import { watch } from "../reload/watched.js";
import type { Closer } from "./closer.js";

/** Who may call, and what. */
export interface Callers {
  readonly authenticate: Authenticate;
  readonly permit: Permit;
  /** Rereads the callers file and the keys now. */
  readonly reload: () => Promise<void>;
}

export interface CallersParts extends Omit<PermitDeps, "registry"> {
  /** What the life of tokens is judged by. */
  readonly hostNow: () => Date;
  readonly log: Log;
  readonly reloads: Reloads;
  /** The names that permissions may use. */
  readonly services: readonly DescService[];
  /** Owns what is opened here. */
  readonly closer: Closer;
}

/** Throws ConfigurationError if callers are required and not configured, or if their configuration is invalid. */
export async function openCallers(config: ServiceConfig, parts: CallersParts): Promise<Callers> {
  if (config.callers !== undefined) return openListed(config.callers, config.tls, parts);
  if (config.environment !== "development" && config.environment !== "test") {
    throw new ConfigurationError([`CALLERS_FILE is required in ${config.environment}`]);
  }
  parts.log.warn(
    {},
    "callers are not configured: every process on this machine may call every RPC without a credential",
  );
  return {
    authenticate: developmentCaller,
    permit: () => undefined,
    reload: () => Promise.resolve(),
  };
}

async function openListed(
  config: CallerConfig,
  tls: ServiceConfig["tls"],
  parts: CallersParts,
): Promise<Callers> {
  const { reloads, services, hostNow, log, closer } = parts;
  const rules = {
    permissions: permissionTable(services),
    accepts: { tokens: config.bearer !== undefined, certificates: tls?.clientCa !== undefined },
  };
  const { bearer } = config;
  if (bearer !== undefined && tls === undefined) {
    log.warn(
      {},
      "bearer tokens are accepted over cleartext: only a proxy on this machine or a service mesh may be in front",
    );
  }
  const opened = bearer === undefined ? undefined : closer.own(await openTokenKeys(bearer.keys, reloads));
  const callers = closer.own(
    await watch({
      read: () => readSourceFile("CALLERS_FILE", config.file),
      parse: (text) => parseCallersFile(text, rules),
      intervalMs: reloads.intervalMs,
      ...reporting("callers", reloads),
    }),
  );
  const tokens =
    bearer === undefined || opened === undefined
      ? undefined
      : { keys: opened.keys, rules: { ...bearer, now: hostNow } };
  return {
    authenticate: authenticateCaller({ registry: callers.current, tokens }),
    permit: permitListed({ ...parts, registry: callers.current }),
    async reload() {
      await Promise.all([callers.reload(), opened?.reload()]);
    },
  };
}

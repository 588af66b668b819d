import {
  type Listening,
  listen,
  type Pipeline,
  type ServedService,
  type TlsMaterial,
} from "@countersign/rpc-server";
import type { ServiceConfig } from "../config/service-config.js";
import type { HealthBoard } from "../readiness/health-board.js";
import { openListenerTls } from "../reload/listener-tls.js";
import type { Closer } from "./closer.js";
import type { Foundation } from "./foundation.js";

interface ListenerParts {
  readonly services: readonly ServedService[];
  readonly pipeline: Pipeline;
  readonly health: Pick<HealthBoard, "wantsCalls">;
  /** Called with the certificates in use, at the start and after each renewal. */
  readonly onCertificate: (material: TlsMaterial) => void;
  /** Owns the watch of the certificates; the caller drains the listener itself. */
  readonly closer: Closer;
}

export interface OpenListener extends Listening {
  /** Rereads the certificates now. */
  readonly reload: () => Promise<void>;
}

/** Opens the port, with TLS if it is configured. Throws ConfigurationError for certificates that cannot be used. */
export async function openListener(
  config: ServiceConfig,
  { security, metrics, reloads }: Pick<Foundation, "security" | "metrics" | "reloads">,
  { services, pipeline, health, onCertificate, closer }: ListenerParts,
): Promise<OpenListener> {
  const { host, port, connections } = config;
  const { browsers } = security;
  const observer = metrics.listener.onListener;
  const probes = { live: () => true, ready: () => health.wantsCalls };
  const limits = connections.listener;
  const options = { host, port, services, pipeline, browsers, observer, limits, probes };
  if (config.tls === undefined) return { ...(await listen(options)), reload: () => Promise.resolve() };
  let renew: (renewed: TlsMaterial) => void = () => undefined;
  const tls = closer.own(await openListenerTls(config.tls, reloads, (renewed) => renew(renewed)));
  const listening = await listen({ ...options, tls: tls.current() });
  onCertificate(tls.current());
  renew = (renewed) => {
    listening.renewTls(renewed);
    onCertificate(renewed);
  };
  return { ...listening, reload: tls.reload };
}

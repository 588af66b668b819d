import {
  type Listening,
  listen,
  type Pipeline,
  type ServedService,
  type TlsMaterial,
} from "@countersign/rpc-server";
import type { ServiceConfig } from "../config/service-config.js";
import { openListenerTls } from "../reload/listener-tls.js";
import type { Closer } from "./closer.js";
import type { Foundation } from "./foundation.js";

interface ListenerParts {
  readonly services: readonly ServedService[];
  readonly pipeline: Pipeline;
  /** Hears of the certificates in use, at the start and when they are renewed. */
  readonly onCertificate: (material: TlsMaterial) => void;
  /** Owns what follows the certificates; the listener itself is for the caller to drain. */
  readonly closer: Closer;
}

export interface OpenListener extends Listening {
  /** Looks at the certificates now. */
  readonly reload: () => Promise<void>;
}

/** Opens the port, with TLS if it is configured. Throws ConfigurationError for certificates that cannot be used. */
export async function openListener(
  config: ServiceConfig,
  { security, metrics, reloads }: Pick<Foundation, "security" | "metrics" | "reloads">,
  { services, pipeline, onCertificate, closer }: ListenerParts,
): Promise<OpenListener> {
  const { host, port, connections } = config;
  const { browsers } = security;
  const observer = metrics.listener.onListener;
  const options = { host, port, services, pipeline, browsers, observer, limits: connections.listener };
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

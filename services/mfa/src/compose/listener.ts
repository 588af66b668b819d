import {
  type BrowserPolicy,
  type ListenerObserver,
  type Listening,
  listen,
  type Pipeline,
  type ServedService,
  type TlsMaterial,
} from "@countersign/rpc-server";
import type { ServiceConfig } from "../config/service-config.js";
import { openListenerTls } from "../reload/listener-tls.js";
import type { Reloads } from "../reload/reloads.js";
import type { Closer } from "./closer.js";

export interface ListenerParts {
  readonly services: readonly ServedService[];
  readonly pipeline: Pipeline;
  readonly browsers: () => BrowserPolicy;
  readonly observer: ListenerObserver;
  readonly reloads: Reloads;
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
export async function openListener(config: ServiceConfig, parts: ListenerParts): Promise<OpenListener> {
  const { services, pipeline, browsers, observer, reloads, closer } = parts;
  const limits = config.connections.listener;
  const options = { host: config.host, port: config.port, services, pipeline, browsers, observer, limits };
  if (config.tls === undefined) return { ...(await listen(options)), reload: () => Promise.resolve() };
  const { onCertificate } = parts;
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

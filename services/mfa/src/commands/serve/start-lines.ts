import type { AddressInfo } from "node:net";
import type { ServiceConfig } from "../../config/service-config.js";

/** The ports that were opened. */
export interface Bound {
  readonly address: AddressInfo;
  readonly adminAddress: AddressInfo;
}

/** The fields of the first log line: the build, and the addresses to listen on. */
export function startFields(config: ServiceConfig): object {
  const { host, port, admin, adminPort, stores, dataDir } = config;
  return {
    ...aboutOf(config),
    listen: authority({ address: host, port }),
    admin_listen: authority({ address: admin.host, port: adminPort }),
    data: stores === undefined ? `embedded, in ${dataDir ?? "memory"}` : "Postgres and Redis",
  };
}

/** The fields of the line about the open port. */
export function servingFields(config: ServiceConfig, server: Bound): object {
  const kept = outboxOf(config, server);
  return {
    ...aboutOf(config),
    ...addressesOf(config, server),
    ...(kept === undefined ? {} : { outbox: kept.url, outbox_channels: kept.channels }),
  };
}

function aboutOf({ build, environment, logLevel }: ServiceConfig) {
  return { version: build.version, revision: build.revision, environment, log_level: logLevel };
}

/** The addresses of calls and of probes. */
export function addressesOf(
  { tls }: Pick<ServiceConfig, "tls">,
  { address, adminAddress }: Bound,
): { readonly url: string; readonly admin_url: string } {
  return {
    url: `${tls === undefined ? "http" : "https"}://${authority(address)}`,
    admin_url: `http://${authority(adminAddress)}`,
  };
}

/** The outbox of codes without a provider. Undefined outside development, or if each channel has a provider. */
export function outboxOf(
  { delivery: { sms, email } }: Pick<ServiceConfig, "delivery">,
  { adminAddress }: Bound,
): { readonly url: string; readonly channels: readonly string[] } | undefined {
  const channels = Object.entries({ sms, email }).flatMap(([name, sender]) =>
    sender === "outbox" ? [name] : [],
  );
  return channels.length === 0 ? undefined : { url: `http://${authority(adminAddress)}/outbox`, channels };
}

function authority({ address, port }: Pick<AddressInfo, "address" | "port">): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

import type { AddressInfo } from "node:net";
import type { ServiceConfig } from "../../config/service-config.js";

/** The ports that were opened. */
export interface Bound {
  readonly address: AddressInfo;
  readonly adminAddress: AddressInfo;
}

/** The fields of the first line of the log: what is about to run, and where it shall listen. */
export function startFields(config: ServiceConfig): object {
  const { host, port, admin, adminPort, stores, dataDir } = config;
  return {
    ...aboutOf(config),
    listen: authority({ address: host, port }),
    admin_listen: authority({ address: admin.host, port: adminPort }),
    data: stores === undefined ? `embedded, in ${dataDir ?? "memory"}` : "Postgres and Redis",
  };
}

/** The fields of the line that says that the port is open. */
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

/** Where calls and where probes go. */
export function addressesOf(
  { tls }: Pick<ServiceConfig, "tls">,
  { address, adminAddress }: Bound,
): { readonly url: string; readonly admin_url: string } {
  return {
    url: `${tls === undefined ? "http" : "https"}://${authority(address)}`,
    admin_url: `http://${authority(adminAddress)}`,
  };
}

/** Where codes are kept that no provider takes. Undefined outside development, and where each channel has one. */
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

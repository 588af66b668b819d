import type { EnvironmentReader } from "./environment-reader.js";

/** Where the probes and metrics are served. */
export interface AdminConfig {
  readonly host: string;
  /** Host names under which pages other than the probes answer, beside addresses, names of this machine and `host`. */
  readonly allowedHosts: readonly string[];
}

const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

export function readAdminConfig(reader: EnvironmentReader, host: string): AdminConfig {
  const names = (reader.text("ADMIN_ALLOWED_HOSTS") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  if (!names.every((name) => HOST_NAME.test(name))) {
    reader.report("ADMIN_ALLOWED_HOSTS must be host names without ports, parted by commas");
  }
  return { host: reader.text("ADMIN_HOST") ?? host, allowedHosts: names };
}

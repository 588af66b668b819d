import {
  anyText,
  flag,
  integer,
  list,
  optionalText,
  type SettingsReader,
  text,
  textForm,
} from "@countersign/settings";

const hostName = textForm({
  accepts: "a host name in lower case, without a port",
  maxLength: 253,
  matches: (name) => /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(name),
});

export const LISTENER_SETTINGS = {
  HOST: text(anyText, {
    default: "127.0.0.1",
    doc: "Address to listen on. With the embedded stores it must be a loopback address.",
  }),
  PORT: integer({
    default: 50_051,
    min: 0,
    max: 65_535,
    doc: "Port of gRPC, gRPC-Web and Connect; 0 picks a free one.",
  }),
  ADMIN_PORT: integer({
    default: 9_090,
    min: 0,
    max: 65_535,
    doc: "Port of the probes and metrics; 0 picks a free one.",
  }),
  ADMIN_HOST: optionalText(anyText, {
    absent: "`HOST`",
    doc: "Address on which the admin port listens.",
  }),
  ADMIN_ALLOWED_HOSTS: list(
    { ...hostName, fromText: (name) => name.toLowerCase() },
    {
      default: [],
      doc: "Host names under which metrics may be requested. Addresses are always allowed.",
    },
  ),
  REFLECTION: flag({
    default: true,
    inProduction: false,
    doc: "Callers may ask which services are served (gRPC reflection).",
  }),
} as const;

/** The addresses of the two ports. */
export interface ListenerConfig {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly adminPort: number;
  readonly admin: AdminConfig;
  /** Whether callers may list the services (reflection). */
  readonly reflection: boolean;
}

/** The address of probes and metrics. */
export interface AdminConfig {
  readonly host: string;
  /** Host names under which pages other than the probes answer, beside addresses, names of this machine and `host`. */
  readonly allowedHosts: readonly string[];
}

export function readListenerConfig(reader: SettingsReader): ListenerConfig {
  const given = reader.read(LISTENER_SETTINGS);
  return {
    host: given.HOST,
    port: given.PORT,
    adminPort: given.ADMIN_PORT,
    admin: { host: given.ADMIN_HOST ?? given.HOST, allowedHosts: given.ADMIN_ALLOWED_HOSTS },
    reflection: given.REFLECTION,
  };
}

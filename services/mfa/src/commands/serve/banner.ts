import type { AddressInfo } from "node:net";
import type { ServiceConfig } from "../../config/service-config.js";

/** What a person needs first. Production logs speak for themselves: it gets one line. */
export function banner(
  config: ServiceConfig,
  server: { readonly address: AddressInfo; readonly adminAddress: AddressInfo },
): string {
  const url = `${config.tls === undefined ? "http" : "https"}://${authority(server.address)}`;
  if (config.environment === "production" || config.callers !== undefined)
    return `countersign serves on ${url}\n`;
  const stores =
    config.stores === undefined
      ? `embedded, in ${config.dataDir ?? "memory"} (development only)`
      : "Postgres and Redis";
  return `
  Countersign serves gRPC, gRPC-Web and Connect on ${url}
  Stores: ${stores}
  Callers: any process on this machine, without a credential (development only)
  Codes: ${codesOf(config, server.adminAddress)}

  Try:
    curl -s ${url}/countersign.mfa.v1.MfaService/SetupMfa \\
      -H 'content-type: application/json' -d '{"userId":"alice","method":"METHOD_TOTP"}'
    curl -s ${url}/countersign.mfa.v1.MfaService/VerifySetup \\
      -H 'content-type: application/json' -d '{"userId":"alice","code":"123456"}'

`;
}

function codesOf({ delivery: { sms, email } }: ServiceConfig, admin: AddressInfo): string {
  const channels = { SMS: sms, "e-mail": email };
  const kept = Object.entries(channels).flatMap(([name, sender]) => (sender === "outbox" ? [name] : []));
  if (kept.length === 0) return "sent by the configured providers";
  return `${kept.join(" and ")} are kept for http://${authority(admin)}/outbox (development only)`;
}

function authority({ address, port, family }: AddressInfo): string {
  return `${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

import type { ServiceConfig } from "../../config/service-config.js";
import { addressesOf, type Bound, outboxOf } from "./start-lines.js";

/** What a developer needs first after the start, in five lines. */
export function banner(config: ServiceConfig, server: Bound): string {
  const { url, admin_url: adminUrl } = addressesOf(config, server);
  return `Countersign ${config.build.version}, ${config.environment}
  Addresses   gRPC, gRPC-Web and Connect on ${url}, health and metrics on ${adminUrl}
  Data        ${storesOf(config)}; ${codesOf(config, server)}
  Callers     ${config.callers === undefined ? "any process on this machine, without a credential" : `those of ${config.callers.file}`}
  Production  ${productionNeeds(config)}
`;
}

function storesOf({ stores, dataDir }: ServiceConfig): string {
  return stores === undefined ? `embedded, in ${dataDir ?? "memory"}` : "Postgres and Redis";
}

function codesOf(config: ServiceConfig, server: Bound): string {
  const kept = outboxOf(config, server);
  if (kept === undefined) return "codes go to the configured providers";
  const names = kept.channels.map((channel) => (channel === "sms" ? "SMS" : "e-mail"));
  return `codes by ${names.join(" and ")} are kept for ${kept.url}`;
}

/** Settings that production requires and that are not set. */
function productionNeeds({ stores, keyRingDir, callers }: ServiceConfig): string {
  const missing = [
    ...(stores === undefined ? ["DATABASE_URL", "REDIS_URL"] : []),
    ...(keyRingDir === undefined ? ["KEY_RING_DIR"] : []),
    ...(callers === undefined ? ["CALLERS_FILE"] : []),
  ];
  const needs = missing.length === 0 ? "" : `needs ${missing.join(", ")}; `;
  return `${needs}docs/install.md says how, and \`countersign config check\` what is wrong`;
}

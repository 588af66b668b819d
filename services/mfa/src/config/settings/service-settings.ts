import { configurationReference } from "@countersign/security-config";
import type { SettingTable } from "@countersign/settings";
import { CALLER_SETTINGS } from "../callers/caller-config.js";
import { CHANNEL_SETTINGS } from "../delivery/channel-config.js";
import { DELIVERY_SETTINGS } from "../delivery/delivery-config.js";
import { SMTP_SETTINGS } from "../delivery/smtp-config.js";
import { TWILIO_SETTINGS } from "../delivery/twilio-config.js";
import { WEBHOOK_SETTINGS } from "../delivery/webhook-config.js";
import { KEY_SETTINGS } from "../keys/key-config.js";
import { CONNECTION_SETTINGS } from "../listener/connection-config.js";
import { LISTENER_SETTINGS } from "../listener/listener-config.js";
import { TLS_SETTINGS } from "../listener/tls-config.js";
import { PROCESS_SETTINGS } from "../process/process-config.js";
import { SECURITY_SOURCE_SETTINGS } from "../security/security-source.js";
import { NOTICE_SETTINGS } from "../sending/notice-rules.js";
import { SEND_SETTINGS } from "../sending/send-limits.js";
import { MIGRATE_SETTINGS } from "../stores/store-addresses.js";
import { STORE_SETTINGS } from "../stores/store-config.js";
import { TRACING_SETTINGS } from "../telemetry/tracing-config.js";

/** Every setting of this service except those of the security configuration: by topic, in the order of the documentation. */
export const SERVICE_SETTINGS = {
  listener: LISTENER_SETTINGS,
  tls: TLS_SETTINGS,
  callers: CALLER_SETTINGS,
  stores: STORE_SETTINGS,
  migration: MIGRATE_SETTINGS,
  keys: KEY_SETTINGS,
  policy: SECURITY_SOURCE_SETTINGS,
  sending: SEND_SETTINGS,
  notices: NOTICE_SETTINGS,
  providers: CHANNEL_SETTINGS,
  smtp: SMTP_SETTINGS,
  twilio: TWILIO_SETTINGS,
  webhook: WEBHOOK_SETTINGS,
  failover: DELIVERY_SETTINGS,
  process: PROCESS_SETTINGS,
  connections: CONNECTION_SETTINGS,
  tracing: TRACING_SETTINGS,
} as const satisfies Readonly<Record<string, SettingTable>>;

export type SettingTopic = keyof typeof SERVICE_SETTINGS;

const OF_PROVIDERS = [SMTP_SETTINGS, TWILIO_SETTINGS, WEBHOOK_SETTINGS].flatMap((table) =>
  Object.keys(table),
);

/** Every variable that the service reads, those of the security configuration and of a second provider of one kind included. */
export const SETTING_NAMES: readonly string[] = [
  ...Object.values(SERVICE_SETTINGS).flatMap((table) => Object.keys(table)),
  ...OF_PROVIDERS.map((name) => `FALLBACK_${name}`),
  ...configurationReference().map(({ env }) => env),
];

import {
  anyText,
  choice,
  flag,
  integer,
  optionalChoice,
  type SettingsReader,
  text,
} from "@countersign/settings";

/** A build outside the image. */
export const UNKNOWN_BUILD = "unknown";

export const PROCESS_SETTINGS = {
  LOG_LEVEL: choice(["debug", "info", "warn", "error", "silent"], {
    default: "info",
    doc: "The least severe lines that are logged.",
  }),
  LOG_FORMAT: optionalChoice(["json", "pretty"], {
    absent: "`pretty` on a terminal in development, else `json`",
    doc: "`json`: a JSON object a line, for programs. `pretty`: a line a call, for people; refused in production.",
  }),
  AUDIT_SEAL_INTERVAL_SECONDS: integer({
    default: 60,
    min: 0,
    max: 600,
    unit: "seconds",
    doc: "How often the audit log is sealed; 0 never.",
  }),
  CLOCK_SKEW_LIMIT_SECONDS: integer({
    default: 5,
    min: 0,
    max: 60,
    unit: "seconds",
    doc: "A replica whose clock differs by more than this from the clocks of both stores takes no calls; 0 never checks.",
  }),
  DRAIN_DELAY_MS: integer({
    default: 0,
    inProduction: 5_000,
    min: 0,
    max: 60_000,
    unit: "milliseconds",
    doc: "How long to go on serving after SIGTERM, while load balancers take this replica out.",
  }),
  SHUTDOWN_TIMEOUT_MS: integer({
    default: 20_000,
    min: 0,
    max: 300_000,
    unit: "milliseconds",
    doc: "How long calls under way may then take.",
  }),
  TEST_KIT: flag({
    default: false,
    doc: "Development with the embedded stores only, which are then in memory: tests may move the clock, and some user ids have faults; see testing.md.",
  }),
  COUNTERSIGN_VERSION: text(anyText, {
    default: UNKNOWN_BUILD,
    doc: "Version of this build, for metrics and traces. The image sets it.",
  }),
  COUNTERSIGN_REVISION: text(anyText, {
    default: UNKNOWN_BUILD,
    doc: "Commit of this build, for metrics. The image sets it.",
  }),
} as const;

/** How the process runs: its log, its jobs and its shutdown. */
export interface ProcessConfig {
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** Undefined: `pretty` on a terminal in development, else `json`. Never `pretty` in production. */
  readonly logFormat: "json" | "pretty" | undefined;
  /** How often this process seals new rows of the audit log. 0: never. */
  readonly auditSealIntervalMs: number;
  /** How much this host's clock may differ from both stores' clocks. 0: without limit. */
  readonly clockSkewLimitSeconds: number;
  /** After SIGTERM: how long to keep serving until load balancers notice, then how long calls under way may take. */
  readonly drainDelayMs: number;
  readonly shutdownTimeoutMs: number;
  /** Whether tests may move the clock, and some users have faults. In development alone. */
  readonly testKit: boolean;
  /** The build, as the image states it. */
  readonly build: { readonly version: string; readonly revision: string };
}

export function readProcessConfig(reader: SettingsReader): ProcessConfig {
  const given = reader.read(PROCESS_SETTINGS);
  return {
    logLevel: given.LOG_LEVEL,
    logFormat: given.LOG_FORMAT,
    auditSealIntervalMs: 1_000 * given.AUDIT_SEAL_INTERVAL_SECONDS,
    clockSkewLimitSeconds: given.CLOCK_SKEW_LIMIT_SECONDS,
    drainDelayMs: given.DRAIN_DELAY_MS,
    shutdownTimeoutMs: given.SHUTDOWN_TIMEOUT_MS,
    testKit: given.TEST_KIT,
    build: { version: given.COUNTERSIGN_VERSION, revision: given.COUNTERSIGN_REVISION },
  };
}

import { X509Certificate } from "node:crypto";
import type { Listening, TlsMaterial } from "@countersign/rpc-server";
import { Gauge, type Registry } from "prom-client";
import { inTime } from "./in-time.js";
import type { StoreVitals } from "./store-vitals.js";
import { watchGauge } from "./watch-gauge.js";

/** A scrape must not wait for a Postgres that does not answer. */
const PATIENCE_MS = 500;

/** Updates the gauges while the server starts and runs. */
export interface WatchedState {
  schemaSeen(schema: { readonly known: number; readonly applied: number }): void;
  portOpened(listener: Pick<Listening, "load">): void;
  readonly certificateInUse: (material: TlsMaterial) => void;
}

type Read = () => number | undefined | Promise<number | undefined>;

/** What is watched. */
interface WatchedParts {
  readonly health: {
    readonly storesUsable: boolean;
    readonly keysComplete: boolean;
    readonly clockTrusted: boolean;
    readonly draining: boolean;
    readonly watches: number;
  };
  readonly vitals: StoreVitals;
  /** In seconds. Must answer within a bound, whatever Postgres does. */
  readonly auditLag: Read;
  readonly noticesWaiting: () => number;
  readonly build: { readonly version: string; readonly revision: string };
}

/** Reports the state of the server at each scrape. */
export function watchState(
  registry: Registry,
  { health, vitals, auditLag, noticesWaiting, build }: WatchedParts,
): WatchedState {
  let applied: number | undefined;
  let listener: Pick<Listening, "load"> | undefined;
  let notAfter: number | undefined;
  const info = new Gauge({
    name: "countersign_build_info",
    help: "1; the labels name the build and its schema.",
    labelNames: ["version", "commit", "schema"] as const,
    registers: [registry],
  });
  const show: Show = (name, help, read) => watchGauge(registry, { name: `countersign_${name}`, help, read });
  showReadiness(registry, health);
  show("draining", "1 while the server ends its calls to stop.", () => Number(health.draining));
  show("schema_version", "Migrations that the database had when the stores first answered.", () => applied);
  show("connections", "Open connections.", () => listener?.load().connections);
  show("health_watches", "Open health watches.", () => health.watches);
  show("http2_sessions", "Open HTTP/2 connections.", () => listener?.load().sessions);
  show("http2_streams", "Calls under way on HTTP/2 connections.", () => listener?.load().streams);
  show("tls_cert_not_after_timestamp_seconds", "When the certificate in use expires.", () => notAfter);
  show("audit_lag_seconds", "Age of the oldest audit entry that waits for its seal.", auditLag);
  show("notices_waiting", "Notices to users that wait for their turn.", noticesWaiting);
  showVitals(show, vitals);
  return {
    schemaSeen(schema) {
      applied = schema.applied;
      info.set({ version: build.version, commit: build.revision, schema: String(schema.known) }, 1);
    },
    portOpened(opened) {
      listener = opened;
    },
    certificateInUse({ cert }) {
      notAfter = Date.parse(new X509Certificate(cert).validTo) / 1_000;
    },
  };
}

function showReadiness(registry: Registry, health: WatchedParts["health"]): void {
  new Gauge({
    name: "countersign_ready",
    help: "1 while the check passes.",
    labelNames: ["check"] as const,
    registers: [registry],
    collect() {
      this.set({ check: "stores" }, Number(health.storesUsable));
      this.set({ check: "keys" }, Number(health.keysComplete));
      this.set({ check: "clock" }, Number(health.clockTrusted));
    },
  });
}

type Show = (name: string, help: string, read: Read) => void;

function showVitals(show: Show, vitals: StoreVitals): void {
  const known = (up: boolean | undefined) => (up === undefined ? undefined : Number(up));
  show("redis_up", "1 while Redis does what it is asked, and takes writes.", async () => {
    await inTime(PATIENCE_MS, vitals.askRedis());
    return known(vitals.redisUp());
  });
  show("pg_up", "1 while Postgres does what it is asked, and takes writes.", async () => {
    await inTime(PATIENCE_MS, vitals.askPostgres());
    return known(vitals.postgresUp());
  });
  show("pg_pool_max", "Connections that the pool may open.", () => vitals.pool()?.max);
  show("pg_pool_in_use", "Connections to Postgres at work.", () => vitals.pool()?.inUse);
  show("pg_pool_waiting", "Work that waits for a connection.", () => vitals.pool()?.waiting);
  show("clock_skew_seconds", "How far this clock is ahead of Redis's.", () => vitals.redisClockSkew());
  show("pg_clock_skew_seconds", "How far this clock is ahead of Postgres's.", () =>
    vitals.postgresClockSkew(),
  );
}

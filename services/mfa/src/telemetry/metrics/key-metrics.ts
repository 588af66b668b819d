import type { KeyRing, OpenFailure } from "@countersign/field-crypto";
import { Counter, type Registry } from "prom-client";
import { SEALED_COLUMNS, type SealedColumn } from "../../domain/crypto/secret-cipher.js";
import { watchGauge } from "./watch-gauge.js";

const FAILURES: readonly OpenFailure[] = ["malformed", "unknown-key", "authentication-failed"];

/** Reports the number of keys and the age of the active one, and counts values that no key decrypts. Never a key's id. */
export function createKeyMetrics(registry: Registry, nowMs: () => number) {
  const registers = [registry];
  const refused = new Counter({
    name: "countersign_sealed_values_refused_total",
    help: "Sealed values that did not open: altered, moved, or sealed under a key that is gone.",
    labelNames: ["reason", "column"] as const,
    registers,
  });
  const peppers = new Counter({
    name: "countersign_pepper_missing_total",
    help: "Checks of backup codes whose pepper is not in the key ring.",
    registers,
  });
  for (const reason of FAILURES) for (const column of SEALED_COLUMNS) refused.inc({ reason, column }, 0);
  let ring: KeyRing | undefined;
  watchGauge(registry, {
    name: "countersign_key_ring_keys",
    help: "Master keys in the ring, including retired ones.",
    read: () => ring?.keys.length,
  });
  watchGauge(registry, {
    name: "countersign_key_ring_primary_age_seconds",
    help: "Age of the active key. Absent for a key without a date, as in ENCRYPTION_KEY.",
    read: () => {
      const created = ring?.keys[0]?.createTime;
      return created && (nowMs() - created.getTime()) / 1_000;
    },
  });
  return {
    valueRefused: (reason: OpenFailure, column: SealedColumn) => refused.inc({ reason, column }),
    pepperMissing: () => peppers.inc(),
    keyRingLoaded(loaded: KeyRing) {
      ring = loaded;
    },
  };
}

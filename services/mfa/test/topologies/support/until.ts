import { vi } from "vitest";

/** For machines that do ten things besides: a failover that takes a second may then take many. */
const PATIENCE_MS = 60_000;
vi.setConfig({ testTimeout: 2 * PATIENCE_MS, hookTimeout: 2 * PATIENCE_MS });

/** Looks again and again until it is so. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(what, { timeout: PATIENCE_MS, interval: 20 });
}

import { vi } from "vitest";

/** Looks again and again until it is so. The limit is for machines that do ten things besides. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(what, { timeout: 30_000, interval: 20 });
}

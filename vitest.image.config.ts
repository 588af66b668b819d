import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const fromRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Builds the image and runs it: minutes and root, so that it stands apart from `npm test`. */
export default defineConfig({
  test: {
    reporters: ["default", fromRoot("scripts/closing-line-reporter.mjs")],
    include: ["k8s/test/image/*.test.ts"],
    fileParallelism: false,
    globalSetup: [
      fromRoot("k8s/test/image/support/global-setup.ts"),
      fromRoot("k8s/test/support/global-setup.ts"),
      fromRoot("services/mfa/test/support/backing/global-setup.ts"),
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
  },
});

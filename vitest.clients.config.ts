import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { NoneRanReporter } from "./clients/test/support/none-ran.js";

const fromRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Builds the client programs and has them log users in: that fetches packages of every language, so that it stands apart from `npm test`. */
export default defineConfig({
  test: {
    reporters: ["default", new NoneRanReporter(), fromRoot("scripts/closing-line-reporter.mjs")],
    // What was built, and what was skipped for which reason, stands by itself.
    disableConsoleIntercept: true,
    include: ["clients/test/*.test.ts"],
    // Builds are what takes long, and each uses more than one core.
    maxWorkers: 2,
    globalSetup: [
      fromRoot("services/mfa/test/support/backing/global-setup.ts"),
      fromRoot("clients/test/support/global-setup.ts"),
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
  },
});

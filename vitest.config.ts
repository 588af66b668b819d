import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const fromRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests read the workspace's sources, so that a test run by hand never meets a stale build. */
const alias = [
  { find: /^@countersign\/protocol\/(.*)\.js$/, replacement: fromRoot("packages/protocol/src/gen/$1.ts") },
  {
    find: /^@countersign\/rpc-server\/limits$/,
    replacement: fromRoot("packages/rpc-server/src/limits/limits.ts"),
  },
  {
    find: /^@countersign\/(client|field-crypto|rpc-server|security-config|settings|telemetry-ports)$/,
    replacement: fromRoot("packages/$1/src/index.ts"),
  },
];

/** CI's machine is slow and does more besides: a wait ends long after any test is done, and before the test's own time is over. */
const PATIENCE = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
};

/** In CI a test of the running service gets a second try, reported by name; races do not (decision 33). */
const SERVICE = { ...PATIENCE, retry: process.env.CI ? 1 : 0 };

export default defineConfig({
  test: {
    reporters: [
      "default",
      fromRoot("scripts/assurance-reporter.mjs"),
      fromRoot("scripts/closing-line-reporter.mjs"),
    ],
    maxWorkers: 2,
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: [
            "packages/*/{src,test}/**/*.test.ts",
            "services/*/src/**/*.test.ts",
            "scripts/**/*.test.mjs",
          ],
          ...PATIENCE,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "mfa",
          include: ["services/mfa/test/**/*.test.ts"],
          globalSetup: [fromRoot("services/mfa/test/support/backing/global-setup.ts")],
          setupFiles: [fromRoot("services/mfa/test/support/backing/end-with-runner.ts")],
          ...SERVICE,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "k8s",
          include: ["k8s/test/*.test.ts"],
          globalSetup: [fromRoot("k8s/test/support/global-setup.ts")],
          ...SERVICE,
        },
      },
    ],
  },
});

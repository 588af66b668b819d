import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSettingFile } from "@countersign/security-config";
import { afterAll, expect, test } from "vitest";
import { loadServiceConfig } from "../../src/config/service-config.js";
import { startServer } from "../../src/server.js";

// The tests that docs/testing.md shows, beside the service that it has one start: `TEST_KIT=true npm start`.
const loaded = loadServiceConfig(
  { TEST_KIT: "true", PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "silent" },
  readSettingFile,
);
if (!loaded.ok) throw new Error(loaded.problems.join("; "));
const server = await startServer(loaded.config);
process.env.COUNTERSIGN_URL = `http://127.0.0.1:${server.address.port}`;
process.env.COUNTERSIGN_ADMIN_URL = `http://127.0.0.1:${server.adminAddress.port}`;
afterAll(() => server[Symbol.asyncDispose]());

test("docs/testing.md shows a test as it stands in the example", () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, "../../../..", path), "utf8");
  const [, shown = ""] = /```ts\n(.*?)```/s.exec(read("docs/testing.md")) ?? [];
  expect(shown).toContain("kit.advance");
  expect(read("examples/express-login/src/login.test.ts")).toContain(shown);
});

await import("../../../../examples/express-login/src/login.test.js");

import { randomBytes } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { readSettingFile } from "@countersign/security-config";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadServiceConfig } from "../../src/config/service-config.js";
import { startServer } from "../../src/server.js";
import { sharedSecret } from "../support/caller/caller-tokens.js";
import { startCommand } from "../support/command.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { startTestService } from "../support/service.js";

const secret = () => randomBytes(48).toString("base64");
const STORES = { DATABASE_URL: "postgres://127.0.0.1:1/none", REDIS_URL: "redis://127.0.0.1:1" };

/** What a service needs that serves callers. */
const WHOLE = {
  ...STORES,
  SECRET_KEY: secret(),
  JWT_SECRET: secret(),
  ENCRYPTION_KEY: randomBytes(32).toString("base64"),
  CALLER_JWT_ISSUER: "https://issuer.test",
  CALLERS_FILE: "/nonexistent/callers.yaml",
  PORT: "0",
  ADMIN_PORT: "0",
};

let folder: ScratchFolder;
beforeAll(async () => {
  folder = await createScratchFolder();
  const callers = [{ id: "login", jwt_subjects: ["login"], permissions: ["verify"] }];
  await folder.put("callers.json", JSON.stringify({ callers }));
});
afterAll(() => folder[Symbol.asyncDispose]());

test.each(["production", "staging", "test"])(
  "TEST_KIT is refused in %s, by name, where nothing else is wrong",
  (ENVIRONMENT) => {
    expect(loadServiceConfig({ ...WHOLE, ENVIRONMENT }, readSettingFile)).toMatchObject({ ok: true });
    expect(loadServiceConfig({ ...WHOLE, ENVIRONMENT, TEST_KIT: "true" }, readSettingFile)).toEqual({
      ok: false,
      problems: [`TEST_KIT is for development and must not be set in ${ENVIRONMENT}`],
    });
  },
);

test("TEST_KIT is refused beside stores that others may use", () => {
  expect(loadServiceConfig({ ...STORES, TEST_KIT: "true" }, readSettingFile)).toEqual({
    ok: false,
    problems: ["TEST_KIT moves the clock and must not be set with DATABASE_URL and REDIS_URL"],
  });
});

test("TEST_KIT keeps a server of production from starting", async () => {
  const command = startCommand(["serve"], { ...WHOLE, ENVIRONMENT: "production", TEST_KIT: "true" });
  expect(await command.ended()).toBe(2);
  expect(command.stderr()).toContain("TEST_KIT is for development and must not be set in production");
});

test("TEST_KIT keeps everything in memory", () => {
  const loaded = loadServiceConfig({ TEST_KIT: "true", DATA_DIR: "/some/folder" }, readSettingFile);
  expect(loaded).toMatchObject({ ok: true, config: { testKit: true, dataDir: undefined } });
});

test.each(["production", "staging", "test", "development"] as const)(
  "the test kit does not open in %s beside Postgres and Redis, and none of its pages and users is there",
  async (environment) => {
    const callers = { file: folder.at("callers.json"), bearer: sharedSecret().bearer };
    const isOpen = environment === "test" || environment === "development";
    await using service = await startTestService({
      config: { environment, callers: isOpen ? undefined : callers },
    });
    await expect(startServer({ ...service.config, testKit: true })).rejects.toMatchObject({
      problems: ["TEST_KIT is for development, on embedded stores in memory"],
    });

    const { port } = service.replicas[0]!.server.adminAddress;
    for (const page of ["clock", "authenticator"]) {
      const url = `http://127.0.0.1:${port}/test-kit/${page}`;
      expect((await fetch(url)).status).toBe(404);
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ advanceSeconds: 30 });
      expect((await fetch(url, { method: "POST", headers, body })).status).toBe(404);
    }
    if (!isOpen) return;
    for (const userId of ["store-away", "setup-delivery-fails"]) {
      const enrolled = await service.client.setupMfa({
        userId,
        method: Method.EMAIL,
        email: "a@example.com",
      });
      expect(enrolled.enrolment.case).toBe("challenge");
    }
  },
);

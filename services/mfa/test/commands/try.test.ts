import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../../src/commands/command-line/run-program.js";
import { COMMANDS } from "../../src/commands/commands.js";
import type { ServiceConfig } from "../../src/config/service-config.js";
import { startCommand } from "../support/command.js";
import { createTestProgram } from "../support/program-context.js";
import { createScratchFolder } from "../support/scratch-folder.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

const security = new ChangingSecurity();
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ overrides: { now: () => new Date() }, config: { security } });
});
afterAll(() => service[Symbol.asyncDispose]());

/** Runs `countersign try` where the environment says this. */
async function runTry(config: Partial<ServiceConfig>, ...flags: readonly string[]) {
  const { context, printed, noted } = createTestProgram({
    service: () => Promise.resolve({ ...service.config, ...config }),
  });
  const exitCode = await runProgram(COMMANDS, ["try", ...flags], context);
  return { exitCode, printed: printed(), noted: noted() };
}

/** What the calls of a first login answer, in their order. */
const ANSWERS =
  /SetupMfa.*"secret".*VerifySetup.*"enabled".*"approved".*CODE_REPLAYED.*INVALID_CODE.*"approved".*METHOD_BACKUP_CODE/s;

test("try enrols a user and logs in at the service on the configured port, and shows each call in short lines", async () => {
  const { exitCode, printed, noted } = await runTry({ port: Number(new URL(service.url).port) });
  expect({ exitCode, noted }).toEqual({ exitCode: 0, noted: "" });
  expect(printed).toMatch(ANSWERS);
  expect(printed.match(/POST http:\/\/127\.0\.0\.1:\d+\/countersign\.mfa\.v1\.MfaService\//g)).toHaveLength(
    6,
  );
  for (const line of printed.split("\n")) expect(line.length).toBeLessThan(140);
});

test("try enrols another user each time, at the service that --url names", async () => {
  const users = new Set<string>();
  for (const url of [service.url, `${service.url}/`]) {
    const { exitCode, printed } = await runTry({ port: 1 }, "--url", url);
    expect(exitCode).toBe(0);
    users.add(/"userId":"(try-[0-9a-f]+)"/.exec(printed)?.[1] ?? "");
  }
  expect(users.size).toBe(2);
});

test("try shows a refusal as it came, and ends with 1", async () => {
  security.change({ mfa: { allowedMethods: ["email"] } });
  await service.replicas[0]!.server.reload();
  const { exitCode, printed, noted } = await runTry({}, "--url", service.url);
  expect({ exitCode, noted }).toEqual({ exitCode: 1, noted: "countersign: SetupMfa was refused" });
  expect(printed).toContain("METHOD_NOT_ALLOWED");
  security.change({});
  await service.replicas[0]!.server.reload();
});

test("try without a service starts one in memory, whatever listens on the port, and leaves nothing behind", async () => {
  await using folder = await createScratchFolder();
  const other = createServer((_, response) => response.end("another program")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const command = startCommand(["try"], { PORT: String(port), DATA_DIR: folder.at("never-made") });
  expect(await command.ended(), command.stderr()).toBe(0);
  expect(command.stdout()).toContain(`No service answers at http://127.0.0.1:${port}.`);
  expect(command.stdout()).toMatch(ANSWERS);
  await expect(folder.put("never-made/x", "")).rejects.toThrow("ENOENT");
  other.close();
});

test.each(["production", "staging"] as const)("try enrols nobody in %s", async (environment) => {
  const { exitCode, printed, noted } = await runTry({ environment }, "--url", service.url);
  expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: "" });
  expect(noted).toContain(environment);
});

test("README.md shows what try prints", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../../../../README.md"), "utf8");
  const [, excerpt = ""] = /<!-- try: .*? -->\n```text\n(.*?)```/s.exec(readme) ?? [];
  const { printed } = await runTry({}, "--url", service.url);
  expect(excerpt.length).toBeGreaterThan(100);
  expect(withoutValues(printed)).toContain(withoutValues(excerpt));
});

/** Without what differs from run to run. */
function withoutValues(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, "HOST")
    .replaceAll(/try-[0-9a-f]+/g, "USER")
    .replaceAll(/"code":"\d+"/g, "CODE")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}

import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authenticatorFor } from "../support/enrolment/authenticator.js";
import {
  ALL_NOTICES,
  AMPLE_LIMITS,
  HALF_A_MINUTE,
  startTestService,
  type TestService,
} from "../support/service.js";

const run = promisify(execFile);
const README = fileURLToPath(new URL("../../../../README.md", import.meta.url));

let service: TestService;
let folder: string;
beforeAll(async () => {
  service = await startTestService({
    overrides: { now: () => new Date() },
    config: { sendLimits: { ...AMPLE_LIMITS, cooldown: HALF_A_MINUTE }, notices: ALL_NOTICES },
  });
  folder = await mkdtemp(join(tmpdir(), "countersign-readme-"));
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function adminUrl(): string {
  return `http://127.0.0.1:${service.replicas[0]!.server.adminAddress.port}`;
}

async function blocksAfter(mark: string, language: string): Promise<string[]> {
  const text = await readFile(README, "utf8");
  const section = text.slice(text.indexOf(`<!-- ${mark}:`)).split("\n## ")[0] ?? "";
  const blocks = section.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"));
  return Array.from(blocks, (block) =>
    (block[1] ?? "")
      .replaceAll("http://127.0.0.1:50051", service.url)
      .replaceAll("http://127.0.0.1:9090", adminUrl()),
  );
}

/** Stand-ins for jq and oathtool, which a fresh machine lacks: only for what the README asks of them. */
async function addTools(): Promise<string> {
  const tools = {
    jq: `const path = process.argv[3]; const value = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
      const step = (values, key) => (key === "[]" ? values.flat() : values.map((each) => each[key]));
      console.log(path.match(/\\w+|\\[\\]/g).reduce(step, [value]).join("\\n"));`,
    oathtool: `const { createHmac } = require("node:crypto"); const args = process.argv.slice(2); const secret = args.at(-1);
      const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
      const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2))); const counter = Buffer.alloc(8);
      counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + (args.includes("--now") ? 1 : 0)));
      const mac = createHmac("sha1", key).update(counter).digest(); const at = mac[19] & 15;
      console.log(String((mac.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, "0"));`,
  };
  for (const [name, source] of Object.entries(tools)) {
    await writeFile(join(folder, name), `#!/usr/bin/env node\n${source}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return `${folder}${delimiter}${process.env.PATH ?? ""}`;
}

/** Runs the blocks after a mark in one shell, and gives what they printed. */
async function answersOf(mark: string): Promise<object[]> {
  const blocks = await blocksAfter(mark, "sh");
  expect(blocks.length).toBeGreaterThan(1);
  const { stdout } = await run("bash", ["-euc", blocks.join("\necho\n")], {
    env: { PATH: await addTools() },
  });
  return stdout
    .trim()
    .split(/\n+|(?<=})(?={)/)
    .map((line) => JSON.parse(line) as object);
}

test("the README's first login works as printed", async () => {
  const answers = await answersOf("first-login");
  expect(answers).toMatchObject([
    { enabled: { method: "METHOD_TOTP", backupCodesRemaining: 10 } },
    { approved: { method: "METHOD_TOTP", backupCodesRemaining: 10 } },
    { rejected: { reason: "REJECTION_REASON_CODE_REPLAYED", remainingAttempts: 3 } },
    { rejected: { reason: "REJECTION_REASON_INVALID_CODE", remainingAttempts: 2 } },
    { approved: { method: "METHOD_BACKUP_CODE", backupCodesRemaining: 9 } },
  ]);
});

test("the README's login by e-mail works as printed, with the default wait between two codes", async () => {
  const answers = await answersOf("email-login");
  const challenge = { maskedDestination: "e***@e***.com", method: "METHOD_EMAIL" };
  expect(answers).toMatchObject([
    { method: "METHOD_EMAIL", challenge, requiresVerification: true },
    { enabled: { method: "METHOD_EMAIL", backupCodesRemaining: 10 } },
    { challenge },
    { challenge },
    { approved: { method: "METHOD_EMAIL", backupCodesRemaining: 10 } },
  ]);
  expect(answers[3]).toEqual(answers[2]);
});

test("the outbox is shown to this machine alone", async () => {
  expect((await fetch(`${adminUrl()}/outbox`)).status).toBe(200);
  const rebound = await run("curl", [
    "-s",
    "-o",
    "-",
    "-w",
    "%{http_code}",
    "-H",
    "host: evil.example",
    `${adminUrl()}/outbox`,
  ]);
  expect(rebound.stdout).toContain("404");
});

test("the README's Node example lets in who may log in, and nobody else", async () => {
  const [source = ""] = await blocksAfter("node-login", "ts");
  const module = join(fileURLToPath(new URL("../", import.meta.url)), `.readme-${process.pid}.ts`);
  await writeFile(module, source);
  try {
    const { mayLogIn } = (await import(module)) as {
      mayLogIn: (userId: string, code: string) => Promise<boolean>;
    };
    expect(await mayLogIn("bob", "123456")).toBe(true); // not enrolled, and the policy asks nothing of him
    const setup = await service.client.setupMfa({ userId: "bob", method: Method.TOTP });
    if (setup.enrolment.case !== "totp") throw new Error("no TOTP enrolment");
    const authenticator = authenticatorFor(setup.enrolment.value.uri);
    await service.client.verifySetup({ userId: "bob", code: authenticator.code(Date.now()) });
    expect(await mayLogIn("bob", "000000")).toBe(false);
    const next = authenticator.code(Date.now(), 1);
    expect(await mayLogIn("bob", next)).toBe(true);
    expect(await mayLogIn("bob", next)).toBe(false);
  } finally {
    await rm(module);
  }
});

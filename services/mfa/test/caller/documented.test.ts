import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createMfaClient } from "@countersign/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CALLER_ROLES } from "../../src/callers/caller-roles.js";
import { loadServiceConfig, type ServiceConfig } from "../../src/config/service-config.js";
import { createAuthority } from "../support/caller/certificate-authority.js";
import { reasonOf } from "../support/client/errors.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { startTestService, type TestService } from "../support/service.js";

const page = readFileSync(new URL("../../../../docs/callers.md", import.meta.url), "utf8");
const sample = (language: string) =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? "";

test("docs/callers.md has the tables of the settings of callers and TLS", () => {
  const section = page.slice(page.indexOf("## Settings"), page.indexOf("## The callers file"));
  for (const topic of ["callers", "tls"]) expect(section).toContain(`<!-- settings: ${topic} -->`);
});

test("docs/callers.md says what each role may do", () => {
  const table = page.slice(page.indexOf("| role | may |"), page.indexOf("Give `enrol`"));
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, role, may]) => [role, may]);
  const roles = Object.entries(CALLER_ROLES).map(([role, methods]) => [
    role,
    methods.map(({ name }) => name).join(", "),
  ]);
  expect(rows).toEqual(roles);
});

describe("the example of docs/callers.md", () => {
  const authority = createAuthority();
  const secret = randomBytes(32).toString("base64");
  let folder: ScratchFolder;
  let service: TestService;

  beforeAll(async () => {
    folder = await createScratchFolder();
    service = await startTestService({ config: await documentedConfig(folder) });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** The sample's settings, with its paths led into the folder. */
  async function documentedConfig(into: ScratchFolder): Promise<Pick<ServiceConfig, "callers" | "tls">> {
    const server = authority.issue("DNS:localhost,IP:127.0.0.1");
    const files = {
      "callers.yaml": sample("yaml"),
      "jwt-secret": `${secret}\n`,
      "tls.crt": server.cert,
      "tls.key": server.key,
      "ca.crt": authority.cert,
    };
    for (const [name, content] of Object.entries(files)) await into.put(name, content);
    const lines = sample("sh").trim().split("\n");
    const env = Object.fromEntries(
      lines.map((line) => {
        const [name = "", value = ""] = line.split("=");
        return [name, value.startsWith("/") ? into.at(value.split("/").at(-1) ?? "") : value];
      }),
    );
    const loaded = loadServiceConfig(env, (path) => readFileSync(path, "utf8"));
    if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
    return { callers: loaded.config.callers, tls: loaded.config.tls };
  }

  const connect = (options: { credential?: () => string; tls?: { cert: string; key: string } }) =>
    createMfaClient({
      baseUrl: service.url.replace("http:", "https:"),
      ...options,
      tls: { ca: authority.cert, ...options.tls },
    });

  test("the example of docs/callers.md lets its token in", async () => {
    const { callerToken } = (await import(`data:text/javascript,${encodeURIComponent(sample("js"))}`)) as {
      callerToken: (secret: string, now: number) => string;
    };
    const client = connect({ credential: () => callerToken(secret, service.clock.ms) });
    await expect(client.getMfaStatus({ userId: "alice" })).resolves.toBeDefined();
    await expect(client.disableMfa({ userId: "alice", code: "123456" })).rejects.toSatisfy(
      reasonOf("PERMISSION_DENIED"),
    );
  });

  test("the example of docs/callers.md lets its certificates in, each to its own", async () => {
    const login = connect({ tls: authority.issue("URI:spiffe://example.com/ns/login/sa/login") });
    await expect(login.getMfaStatus({ userId: "alice" })).resolves.toBeDefined();
    const account = connect({ tls: authority.issue("DNS:account.example.com") });
    await expect(account.disableMfa({ userId: "alice", code: "123456" })).rejects.toSatisfy(
      reasonOf("MFA_NOT_ENABLED"),
    );
    await expect(account.verifyCode({ userId: "alice", code: "123456" })).rejects.toSatisfy(
      reasonOf("PERMISSION_DENIED"),
    );
  });

  test("the example of docs/callers.md admits no one else", async () => {
    await expect(connect({}).getMfaStatus({ userId: "alice" })).rejects.toSatisfy(
      reasonOf("UNAUTHENTICATED"),
    );
  });
});

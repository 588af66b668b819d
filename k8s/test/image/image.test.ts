import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Collector } from "@countersign/mfa/test/collector";
import { createTestDatabase } from "@countersign/mfa/test/database";
import { describe, expect, inject, test } from "vitest";
import {
  answers,
  canRun,
  engine,
  grpcHealth,
  processStatus,
  RESTRICTED,
  withSettings,
} from "./support/container.js";
import { exitOf, podman } from "./support/engine.js";
import { freePorts } from "./support/free-ports.js";
import { IMAGE } from "./support/global-setup.js";

const MEGABYTE = 1_000_000;

const inspect = async (format: string) => podman(engine(), ["image", "inspect", "--format", format, IMAGE]);

/** Runs a program of Node's own inside the image, under all its restrictions. */
const evaluate = (program: string) =>
  podman(engine(), ["run", "--rm", ...RESTRICTED, "--entrypoint", "/nodejs/bin/node", IMAGE, "-e", program]);

describe.skipIf(!canRun)("the image", () => {
  test("the image is smaller than 200 MB, runs as 65532 and says where it came from", async () => {
    expect(Number(await inspect("{{.Size}}"))).toBeLessThan(200 * MEGABYTE);
    expect(await inspect("{{.Config.User}}")).toBe("65532:65532");
    const labels = JSON.parse(await inspect("{{json .Config.Labels}}")) as Record<string, string>;
    expect(labels).toMatchObject({
      "org.opencontainers.image.title": "countersign",
      "org.opencontainers.image.licenses": "Apache-2.0",
    });
  });

  test("the image holds no shell, no package manager and no embedded database", async () => {
    const unwanted = [
      "/bin/sh",
      "/bin/bash",
      "/usr/bin/env",
      "/usr/bin/apt",
      "/usr/local/bin/npm",
      "/app/node_modules",
    ];
    const program = `console.log(${JSON.stringify(unwanted)}.filter((path) => require("fs").existsSync(path)).join())`;
    expect(await evaluate(program)).toBe("");
  });

  test("the image lists what is inside", async () => {
    const sbom = JSON.parse(
      await evaluate(`process.stdout.write(require("fs").readFileSync("/app/sbom.cdx.json"))`),
    ) as { bomFormat: string; components: { name: string; version: string; purl: string }[] };
    expect(sbom.bomFormat).toBe("CycloneDX");
    const names = sbom.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["connect", "drizzle-orm", "ioredis", "postgres"]));
    expect(names.filter((name) => /pglite|esbuild|vitest/.test(name))).toEqual([]);
  });

  test("the image can write nowhere", async () => {
    const program = `for (const path of ["/app/x", "/tmp/x", "/etc/x", "/x"])
      try { require("fs").writeFileSync(path, ""); console.log(path) } catch (error) { console.log(error.code) }`;
    expect(new Set((await evaluate(program)).split("\n"))).toEqual(new Set(["EROFS"]));
  });

  test("the image keeps its heap below the memory limit", async () => {
    const [node = "", ...args] = JSON.parse(await inspect("{{json .Config.Entrypoint}}")) as string[];
    const program = "v8.getHeapStatistics().heap_size_limit / 1048576";
    const flags = args.slice(0, -1);
    const limit = await podman(engine(), [
      ...["run", "--rm", ...RESTRICTED, "--entrypoint", node, IMAGE, ...flags, "-p", program],
    ]);
    expect(Number(limit)).toBeGreaterThan(100);
    expect(Number(limit)).toBeLessThan(256 * 0.75);
  });

  test("the image refuses to serve production without settings, and names all that are missing", async () => {
    const { code, output } = await exitOf(podman(engine(), ["run", "--rm", ...RESTRICTED, IMAGE]));
    expect(code).toBe(2);
    for (const name of ["DATABASE_URL", "ENCRYPTION_KEY", "CALLERS_FILE"]) expect(output).toContain(name);
  });

  test("the image says that it has no embedded database", async () => {
    const settings = withSettings({ ENVIRONMENT: "development", HOST: "127.0.0.1" });
    const { code, output } = await exitOf(
      podman(engine(), ["run", "--rm", ...RESTRICTED, ...settings, IMAGE]),
    );
    expect(code).toBe(1);
    expect(output).toBe("countersign: this build has no embedded database: set DATABASE_URL and REDIS_URL\n");
  });
});

describe.skipIf(!canRun)("a container of the image", () => {
  test("migrates, serves under every restriction, drains on SIGTERM and sends its last traces", async () => {
    await using database = await createTestDatabase();
    await using collector = await Collector.start();
    await database.sql`drop schema public cascade`;
    await database.sql`create schema public`;
    const [port = "", adminPort = ""] = (await freePorts(2)).map(String);
    const settings = withSettings({
      ENVIRONMENT: "test",
      DATABASE_URL: database.url,
      REDIS_URL: inject("sharedRedisUrl"),
      ENCRYPTION_KEY: randomBytes(32).toString("base64"),
      PORT: port,
      ADMIN_PORT: adminPort,
      HOST: "127.0.0.1",
      DRAIN_DELAY_MS: "1500",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const run = (...args: string[]) =>
      podman(engine(), ["run", "--rm", ...RESTRICTED, ...settings, IMAGE, ...args]);

    expect((await exitOf(run("migrate", "--check"))).code).toBe(3);
    await run("migrate");
    expect((await exitOf(run("migrate", "--check"))).code).toBe(0);

    const container = await podman(engine(), ["run", "--detach", ...RESTRICTED, ...settings, IMAGE]);
    const took = await answers(container, `http://127.0.0.1:${adminPort}/readyz`);
    console.log(`image test: ready ${Math.round(took)} ms after the container started`);

    expect(Object.fromEntries(await processStatus(container))).toMatchObject({
      Uid: "65532\t65532\t65532\t65532",
      Gid: "65532\t65532\t65532\t65532",
      CapEff: "0000000000000000",
      CapBnd: "0000000000000000",
      NoNewPrivs: "1",
      Seccomp: "2",
    });
    await answers(container, `http://127.0.0.1:${adminPort}/livez`);
    expect(await grpcHealth(`http://127.0.0.1:${port}`)).toBe(1);
    expect(await setUpMfa(port)).toMatchObject({ method: "METHOD_TOTP" });
    await podman(engine(), ["exec", container, "/nodejs/bin/node", "/app/main.mjs", "healthcheck"]);

    await podman(engine(), ["kill", "--signal", "TERM", container]);
    await sleep(300);
    expect(await grpcHealth(`http://127.0.0.1:${port}`)).toBe(2);
    expect(await podman(engine(), ["wait", container])).toBe("0");
    await podman(engine(), ["rm", container]);
    expect(collector.spans.map(({ name }) => name)).toContain("countersign.mfa.v1.MfaService/SetupMfa");
  });
});

async function setUpMfa(port: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/countersign.mfa.v1.MfaService/SetupMfa`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ userId: "image-test", method: "METHOD_TOTP" }),
  });
  return response.json();
}

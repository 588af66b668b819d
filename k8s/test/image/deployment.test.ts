import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestDatabase } from "@countersign/mfa/test/database";
import { expect, inject, test } from "vitest";
import { canRender, render } from "../support/render.js";
import { answers, canRun, engine, grpcHealth, processStatus } from "./support/container.js";
import { podman } from "./support/engine.js";
import { freePorts } from "./support/free-ports.js";
import { createNetwork, forward, mountSecret, onLoopback } from "./support/pod.js";

const NETWORK = "countersign";
const CONTAINER = "countersign-pod-0-countersign";

const random = () => randomBytes(32).toString("base64");
const keyFile = () =>
  JSON.stringify({ createTime: "2026-01-31T12:00:00Z", state: "enabled", secret: random() });

/** The same database or store, as a pod sees it. */
function seenAt(url: string, host: string, port: number): string {
  return Object.assign(new URL(url), { hostname: host, port: String(port) }).href;
}

test.skipIf(!canRun || !canRender)(
  "the dev overlay's Deployment waits for its stores, serves, and lives on without them",
  async () => {
    await using database = await createTestDatabase();
    const redisUrl = inject("sharedRedisUrl");
    const [grpc = 0, admin = 0, postgresPort = 0, redisPort = 0] = await freePorts(4);
    const host = await createNetwork(engine(), NETWORK);
    await mountSecret("countersign-postgres", { url: seenAt(database.url, host, postgresPort) });
    await mountSecret("countersign-redis", { url: seenAt(redisUrl, host, redisPort) });
    await mountSecret("countersign-keys", { "2026-01": keyFile(), primary: "2026-01" });
    await mountSecret("countersign-platform", { "jwt-secret": random() });
    const file = join(engine().folder, "deployment.yaml");
    writeFileSync(file, onLoopback(render("overlays/dev"), { grpc, admin }));

    await podman(engine(), ["play", "kube", `--network=${NETWORK}`, file]);
    await answers(CONTAINER, `http://127.0.0.1:${admin}/livez`);
    expect((await fetch(`http://127.0.0.1:${admin}/readyz`)).status).toBe(503);

    await using stores = await forward(host, [
      [postgresPort, Number(new URL(database.url).port)],
      [redisPort, Number(new URL(redisUrl).port)],
    ]);
    await answers(CONTAINER, `http://127.0.0.1:${admin}/readyz`);
    expect(await grpcHealth(`http://127.0.0.1:${grpc}`)).toBe(1);
    expect(Object.fromEntries(await processStatus(CONTAINER))).toMatchObject({
      Uid: "65532\t65532\t65532\t65532",
      CapEff: "0000000000000000",
      NoNewPrivs: "1",
      Seccomp: "2",
    });
    expect(await inspect("{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Memory}}")).toBe(
      `true ${384 * 1024 ** 2}`,
    );

    await stores[Symbol.asyncDispose]();
    expect((await fetch(`http://127.0.0.1:${admin}/livez`)).status).toBe(200);

    await podman(engine(), ["stop", "--time", "30", CONTAINER]);
    expect(await inspect("{{.State.ExitCode}}")).toBe("0");
    await podman(engine(), ["play", "kube", "--down", file]);
  },
);

const inspect = (format: string) => podman(engine(), ["inspect", "--format", format, CONTAINER]);

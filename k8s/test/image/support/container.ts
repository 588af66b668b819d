import { readFileSync } from "node:fs";
import { connect } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import "./global-setup.js";
import { type Engine, exitOf, podman } from "./engine.js";

export const canRun = inject("engine") !== null;

export function engine(): Engine {
  const given = inject("engine");
  if (given === null) throw new Error("nothing can run images here");
  return given;
}

/** As restricted as k8s/base/deployment.yaml, on loopback so that the host's throw-away servers are in reach. */
export const RESTRICTED = [
  "--network=host",
  "--read-only",
  "--read-only-tmpfs=false",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--memory=256m",
];

export function withSettings(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
}

/** What the kernel says of a container's first process. */
export async function processStatus(container: string): Promise<ReadonlyMap<string, string>> {
  const pid = await podman(engine(), ["inspect", "--format", "{{.State.Pid}}", container]);
  const lines = readFileSync(`/proc/${pid}/status`, "utf8").trim().split("\n");
  return new Map(lines.map((line) => [line.split(":\t")[0] ?? "", (line.split(":\t")[1] ?? "").trim()]));
}

const PATIENCE_MS = 30_000;

/** Asks again until `url` answers 200; the time that took, in milliseconds. Throws with what the container printed. */
export async function answers(container: string, url: string): Promise<number> {
  const start = performance.now();
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    const took = performance.now() - start;
    if (ok) return took;
    if (took > PATIENCE_MS) {
      const { output } = await exitOf(podman(engine(), ["logs", container]));
      throw new Error(`${url} did not answer in ${PATIENCE_MS} ms:\n${output}`);
    }
    await sleep(20);
  }
}

const EMPTY_MESSAGE = Buffer.alloc(5);

/** grpc.health.v1.Health/Check over HTTP/2, byte by byte: 1 is SERVING, 2 is NOT_SERVING. */
export async function grpcHealth(origin: string): Promise<number | undefined> {
  const session = connect(origin);
  try {
    return await new Promise((resolve, reject) => {
      session.once("error", reject);
      const stream = session.request({
        ":method": "POST",
        ":path": "/grpc.health.v1.Health/Check",
        "content-type": "application/grpc",
        te: "trailers",
      });
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => resolve(Buffer.concat(chunks)[6]));
      stream.once("error", reject);
      stream.end(EMPTY_MESSAGE);
    });
  } finally {
    session.close();
  }
}

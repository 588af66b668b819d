import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { V1Job, V1ServiceSpec } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { documentedSecrets } from "./support/documented-secrets.js";
import { type Manifest, serverIn, settingsOf, specsOf, workloadsIn } from "./support/manifest.js";
import { podProblems } from "./support/pod-policy.js";
import { referenceProblems } from "./support/reference-policy.js";
import { canRender, k8s, render } from "./support/render.js";
import { schemaProblems, unknownFields } from "./support/schema.js";

const SERVERS = ["dev", "staging", "prod"].map((name) => `overlays/${name}`);
/** Development brings the schema up to date by itself. */
const MIGRATED = ["overlays/staging", "overlays/prod"];
const MIGRATIONS = MIGRATED.map((overlay) => `${overlay}/migrate`);
const secrets = new Set(documentedSecrets().keys());

describe.skipIf(!canRender).each([...SERVERS, ...MIGRATIONS])("%s", (folder) => {
  const manifests = canRender ? render(folder) : [];

  test("every object fits the schema of its kind", async () => {
    expect((await Promise.all(manifests.map(schemaProblems))).flat()).toEqual([]);
  });

  test("no object has a field that the API server does not know", () => {
    expect(manifests.flatMap(unknownFields)).toEqual([]);
  });

  test("every pod fits Pod Security's restricted level, with limits, probes and a versioned image", () => {
    const workloads = workloadsIn(manifests);
    expect(workloads).not.toEqual([]);
    expect(workloads.flatMap(podProblems)).toEqual([]);
  });

  test("every reference leads somewhere", () => {
    expect(referenceProblems(manifests, secrets)).toEqual([]);
  });

  test("no Secret is in it, and everything is labelled and in one namespace", () => {
    expect(manifests.filter(({ kind }) => kind === "Secret" || kind === "Namespace")).toEqual([]);
    expect(new Set(manifests.map(({ metadata }) => metadata.namespace)).size).toBe(1);
    expect(manifests.filter(({ metadata }) => !hasVersion(metadata))).toEqual([]);
  });
});

describe.skipIf(!canRender).each(SERVERS)("%s", (folder) => {
  const manifests = canRender ? render(folder) : [];
  const server = canRender ? serverIn(manifests) : undefined;

  test("callers find it by a ClusterIP and by a headless Service, and the admin port by none", () => {
    const services = specsOf<V1ServiceSpec>(manifests, "Service");
    expect(services.map(({ type, clusterIP }) => [type, clusterIP])).toEqual([
      ["ClusterIP", undefined],
      ["ClusterIP", "None"],
    ]);
    expect(services.flatMap(({ ports = [] }) => ports.map(({ port }) => port))).toEqual([50_051, 50_051]);
  });

  test("selectors are the hand-written ones, which no release changes", () => {
    expect(server?.selector).toEqual({
      "app.kubernetes.io/name": "countersign",
      "app.kubernetes.io/component": "server",
    });
  });

  test("the kubelet waits for longer than draining takes", () => {
    const settings = settingsOf(manifests, server!);
    const sleep = server?.pod.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    const draining = (Number(settings.DRAIN_DELAY_MS) + Number(settings.SHUTDOWN_TIMEOUT_MS)) / 1000;
    expect(server?.pod.terminationGracePeriodSeconds).toBeGreaterThan(sleep + draining + 5);
  });

  test("every Secret's keys that settings name are documented", () => {
    const volumes = server?.pod.volumes ?? [];
    const mounts = server?.pod.containers[0]?.volumeMounts ?? [];
    const files = Object.values(settingsOf(manifests, server!)).filter((value) => value.startsWith("/"));
    const named = mounts.flatMap(({ name, mountPath }) =>
      files
        .filter((path) => path.startsWith(`${mountPath}/`))
        .map((path) => [
          volumes.find((volume) => volume.name === name)?.secret?.secretName,
          path.slice(mountPath.length + 1),
        ]),
    );
    expect(named.length).toBeGreaterThan(0);
    for (const [secret = "", key] of named) expect(documentedSecrets().get(secret)).toContain(key);
  });
});

describe.skipIf(!canRender).each(MIGRATED)("%s and its migration", (folder) => {
  const server = canRender ? serverIn(render(folder)) : undefined;
  const jobs = canRender ? render(`${folder}/migrate`) : [];
  const [job] = workloadsIn(jobs);

  test("run one image, whose version is in the Job's name", () => {
    const image = server?.pod.containers[0]?.image;
    expect(job?.pod.containers[0]?.image).toBe(image);
    expect(job?.name).toBe(`countersign-migrate-${server?.podLabels["app.kubernetes.io/version"] ?? ""}`);
    expect(image?.includes("@sha256:") === true || image?.endsWith(job!.name.slice(20))).toBe(true);
  });

  test("the Job stays when it has finished, and nothing waits for it", () => {
    const [spec] = specsOf<V1Job["spec"]>(jobs, "Job");
    expect(spec?.ttlSecondsAfterFinished).toBeUndefined();
    expect(server?.pod.initContainers).toBeUndefined();
  });
});

test("Secrets are followed while running: no mount by subPath, and no Secret in the environment", () => {
  const text = readFileSync(join(k8s, "base/deployment.yaml"), "utf8");
  expect(text).not.toMatch(/^\s*subPath:|secretKeyRef:|secretRef:/m);
});

test("every Secret comes with the command that makes it, with all its keys", () => {
  const operations = readFileSync(join(k8s, "../docs/operations.md"), "utf8");
  const commands = operations.replaceAll("\\\n", " ").split("\n");
  for (const [name, keys] of documentedSecrets()) {
    const command = commands.find((line) => line.includes("create secret") && line.includes(` ${name} `));
    expect(command, name).toBeDefined();
    const given = [
      ...(command ?? "").matchAll(/--from-(?:file|literal)=([\w.-]+)|--(?:cert|key)=([\w.-]+)/g),
    ].map(([, key, file]) => key ?? file);
    // One file for each key: the folder itself.
    const wanted = name === "countersign-keys" ? ["keys"] : keys;
    expect(given.sort(), name).toEqual([...wanted].sort());
  }
});

function hasVersion({ labels }: Manifest["metadata"]): boolean {
  return labels?.["app.kubernetes.io/version"] !== undefined;
}

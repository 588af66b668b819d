import { isDeepStrictEqual } from "node:util";
import type { V1Container, V1PodSpec, V1Probe } from "@kubernetes/client-node";
import { containersOf, type Workload } from "./manifest.js";

const VOLUMES: ReadonlySet<string> = new Set(["name", "secret", "configMap", "emptyDir", "projected"]);
const SECCOMP = { type: "RuntimeDefault" };

/** What Pod Security's level `restricted`, and this project's own rules, say against a pod. */
export function podProblems({ name, kind, pod }: Workload): string[] {
  const problems = [
    ...hostProblems(pod),
    ...identityProblems(pod),
    ...containersOf(pod).flatMap((container) => [
      ...containerProblems(container),
      ...(kind === "Deployment" ? probeProblems(container) : []),
    ]),
  ];
  return problems.map((problem) => `${kind} ${name}: ${problem}`);
}

function hostProblems({ hostNetwork, hostPID, hostIPC, volumes = [] }: V1PodSpec): string[] {
  const shared = Object.entries({ hostNetwork, hostPID, hostIPC }).filter(([, on]) => on === true);
  return [
    ...shared.map(([field]) => `${field} is on`),
    ...volumes.flatMap((volume) =>
      Object.keys(volume)
        .filter((kind) => !VOLUMES.has(kind))
        .map((kind) => `volume ${volume.name} is a ${kind}`),
    ),
  ];
}

function identityProblems({ securityContext, ...pod }: V1PodSpec): string[] {
  return failed({
    "a token of its ServiceAccount": pod.automountServiceAccountToken === false,
    "the default ServiceAccount": pod.serviceAccountName !== undefined,
    "root, or a user that the image chooses": securityContext?.runAsUser === 65532,
    "may run as root": securityContext?.runAsNonRoot === true,
    "files of Secrets that its user cannot read": securityContext?.fsGroup === 65532,
    "no seccomp profile": isDeepStrictEqual(securityContext?.seccompProfile, SECCOMP),
  });
}

function containerProblems({ name, image, securityContext, resources, ports = [] }: V1Container): string[] {
  return failed({
    "may run as root": securityContext?.runAsNonRoot === true,
    "may gain privileges": securityContext?.allowPrivilegeEscalation === false,
    "is privileged": securityContext?.privileged !== true,
    "keeps capabilities": isDeepStrictEqual(securityContext?.capabilities, { drop: ["ALL"] }),
    "may write to its root": securityContext?.readOnlyRootFilesystem === true,
    "no seccomp profile": isDeepStrictEqual(securityContext?.seccompProfile, SECCOMP),
    "requests nothing": resources?.requests?.cpu !== undefined && resources.requests.memory !== undefined,
    "no memory limit": resources?.limits?.memory !== undefined,
    "takes a port of the node": ports.every(({ hostPort }) => hostPort === undefined),
    "an image without a version": /(?::(?!latest$)[^/:@]+|@sha256:[0-9a-f]{64})$/.test(image ?? ""),
  }).map((problem) => `${name}: ${problem}`);
}

function probeProblems({ name, ports = [], ...container }: V1Container): string[] {
  const names = new Set(ports.map((port) => port.name));
  const asks = (probe: V1Probe | undefined, path: string) =>
    probe?.httpGet?.path === path && names.has(String(probe.httpGet.port));
  return failed({
    "no startup probe": asks(container.startupProbe, "/startupz"),
    "no readiness probe": asks(container.readinessProbe, "/readyz"),
    "no liveness probe": asks(container.livenessProbe, "/livez"),
  }).map((problem) => `${name}: ${problem}`);
}

/** The names of the rules that do not hold. */
function failed(rules: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(rules)
    .filter(([, holds]) => !holds)
    .map(([rule]) => rule);
}

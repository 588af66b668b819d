import type {
  V1NetworkPolicySpec,
  V1PodDisruptionBudgetSpec,
  V1ServiceSpec,
  V2HorizontalPodAutoscalerSpec,
} from "@kubernetes/client-node";
import {
  containersOf,
  type Manifest,
  selects,
  settingsOf,
  specsOf,
  type Workload,
  workloadsIn,
} from "./manifest.js";

/** References within one rendering that lead nowhere. Secrets are made by operators: `secrets` lists those that are documented. */
export function referenceProblems(manifests: readonly Manifest[], secrets: ReadonlySet<string>): string[] {
  const workloads = workloadsIn(manifests);
  return [
    ...workloads.flatMap((workload) => podReferenceProblems(manifests, workload, secrets)),
    ...workloads.flatMap((workload) => fileProblems(manifests, workload)),
    ...serviceProblems(manifests, workloads),
    ...budgetProblems(manifests, workloads),
    ...scalerProblems(manifests, workloads),
  ];
}

function podReferenceProblems(
  manifests: readonly Manifest[],
  { name, pod, selector, podLabels }: Workload,
  secrets: ReadonlySet<string>,
): string[] {
  const has = (kind: string, of: string | undefined) =>
    manifests.some((each) => each.kind === kind && each.metadata.name === of);
  const volumes = new Set((pod.volumes ?? []).map((volume) => volume.name));
  const problems = [
    ...(has("ServiceAccount", pod.serviceAccountName)
      ? []
      : [`no ServiceAccount ${pod.serviceAccountName ?? ""}`]),
    ...(selector === undefined || selects(selector, podLabels) ? [] : ["it does not select its own pods"]),
    ...(pod.volumes ?? [])
      .map(({ secret }) => secret?.secretName)
      .filter((secret) => secret !== undefined && !secrets.has(secret))
      .map((secret) => `Secret ${secret ?? ""} is not documented`),
    ...containersOf(pod).flatMap(({ envFrom = [], volumeMounts = [] }) => [
      ...envFrom
        .map(({ configMapRef }) => configMapRef?.name)
        .filter((map) => !has("ConfigMap", map))
        .map((map) => `no ConfigMap ${map ?? ""}`),
      ...volumeMounts.filter((mount) => !volumes.has(mount.name)).map((mount) => `no volume ${mount.name}`),
    ]),
  ];
  return problems.map((problem) => `${name}: ${problem}`);
}

/** A setting that names a file must name one below a mounted folder. */
function fileProblems(manifests: readonly Manifest[], workload: Workload): string[] {
  const folders = containersOf(workload.pod).flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map(({ mountPath }) => mountPath),
  );
  return Object.entries(settingsOf(manifests, workload))
    .filter(([, value]) => value.startsWith("/"))
    .filter(([, path]) => !folders.some((folder) => path === folder || path.startsWith(`${folder}/`)))
    .map(([name, path]) => `${workload.name}: ${name} names ${path}, which nothing mounts`);
}

function serviceProblems(manifests: readonly Manifest[], workloads: readonly Workload[]): string[] {
  return specsOf<V1ServiceSpec>(manifests, "Service").flatMap(({ selector = {}, ports = [] }) => {
    const targets = workloads.filter(({ podLabels }) => selects(selector, podLabels));
    if (targets.length !== 1) return [`a Service selects ${targets.length} workloads`];
    const names = targets.flatMap(({ pod }) =>
      containersOf(pod).flatMap((container) => (container.ports ?? []).map((port) => port.name)),
    );
    return ports
      .filter(({ targetPort }) => !names.includes(String(targetPort)))
      .map(
        ({ name, targetPort }) => `port ${name ?? ""} of a Service leads to no port ${String(targetPort)}`,
      );
  });
}

function budgetProblems(manifests: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const budgets = specsOf<V1PodDisruptionBudgetSpec>(manifests, "PodDisruptionBudget");
  const policies = specsOf<V1NetworkPolicySpec>(manifests, "NetworkPolicy");
  const picks = (selector: Readonly<Record<string, string>> = {}) =>
    workloads.some(({ podLabels }) => selects(selector, podLabels));
  return [
    ...budgets
      .filter(({ selector }) => !picks(selector?.matchLabels))
      .map(() => "a PodDisruptionBudget selects no pod"),
    ...policies
      .filter((policy) => !picks(policy.podSelector?.matchLabels))
      .map(() => "a NetworkPolicy selects no pod"),
  ];
}

/** Two owners of one number fight over it at every apply. */
function scalerProblems(manifests: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const scaled = specsOf<V2HorizontalPodAutoscalerSpec>(manifests, "HorizontalPodAutoscaler").map(
    ({ scaleTargetRef }) => scaleTargetRef.name,
  );
  return [
    ...scaled
      .filter(
        (name) => !workloads.some((workload) => workload.kind === "Deployment" && workload.name === name),
      )
      .map((name) => `an autoscaler scales ${name}, which is not there`),
    ...workloads
      .filter(({ name, replicas }) => scaled.includes(name) && replicas !== undefined)
      .map(({ name }) => `${name} has both replicas and an autoscaler`),
  ];
}

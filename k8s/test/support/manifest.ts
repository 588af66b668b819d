import type { V1Container, V1PodSpec } from "@kubernetes/client-node";

/** One rendered object, as far as every kind has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels; readonly namespace?: string };
  readonly spec?: unknown;
}

export type Labels = Readonly<Record<string, string>>;

/** What makes pods: a Deployment, a Job or a CronJob. */
export interface Workload {
  readonly name: string;
  readonly kind: string;
  readonly replicas: number | undefined;
  readonly selector: Labels | undefined;
  readonly podLabels: Labels;
  readonly pod: V1PodSpec;
}

interface CronJobSpec {
  readonly jobTemplate: { readonly spec: WorkloadSpec };
}

interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector?: { readonly matchLabels: Labels };
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: V1PodSpec };
}

export function workloadsIn(manifests: readonly Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => ["Deployment", "Job", "CronJob"].includes(kind))
    .map(({ kind, metadata, spec }) => {
      const { replicas, selector, template } =
        kind === "CronJob" ? (spec as CronJobSpec).jobTemplate.spec : (spec as WorkloadSpec);
      return {
        name: metadata.name,
        kind,
        replicas,
        selector: selector?.matchLabels,
        podLabels: template.metadata.labels,
        pod: template.spec,
      };
    });
}

/** The Deployment that serves. */
export function serverIn(manifests: readonly Manifest[]): Workload {
  const server = workloadsIn(manifests).find(({ kind }) => kind === "Deployment");
  if (server === undefined) throw new Error("no Deployment was rendered");
  return server;
}

/** The specs of all objects of one kind. */
export function specsOf<Spec>(manifests: readonly Manifest[], kind: string): Spec[] {
  return manifests.filter((each) => each.kind === kind).map(({ spec }) => spec as Spec);
}

export function containersOf({ containers, initContainers = [] }: V1PodSpec): V1Container[] {
  return [...initContainers, ...containers];
}

/** The settings that the pods of this rendering are given, ConfigMap first. */
export function settingsOf(manifests: readonly Manifest[], { pod }: Workload): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const container of containersOf(pod)) {
    for (const { configMapRef } of container.envFrom ?? []) {
      const map = manifests.find(
        (each) => each.kind === "ConfigMap" && each.metadata.name === configMapRef?.name,
      );
      Object.assign(settings, (map as { data?: Record<string, string> } | undefined)?.data);
    }
    for (const { name, value } of container.env ?? []) if (value !== undefined) settings[name] = value;
  }
  return settings;
}

/** Whether pods with these labels are picked. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

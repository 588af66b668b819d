import { ObjectSerializer } from "@kubernetes/client-node/dist/gen/models/ObjectSerializer.js";
import type { Manifest } from "./manifest.js";

/** Where the schemas of each API group come from; the rest is Kubernetes' own. */
const PACKAGES: Readonly<Record<string, string>> = {
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "external-secrets.io": "@kubernetes-models/external-secrets",
};

type Model = new (manifest: Manifest) => { validate(): void };

/** What the schema of its kind says against an object: wrong types, values outside an enumeration, missing fields. */
export async function schemaProblems(manifest: Manifest): Promise<string[]> {
  const path = `${packageOf(manifest)}/${manifest.apiVersion}/${manifest.kind}`;
  const models = (await import(path)) as Record<string, Model | undefined>;
  const model = models[manifest.kind];
  if (model === undefined) return [`${path} has no schema`];
  try {
    new model(manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind} ${manifest.metadata.name}: ${String(error)}`];
  }
}

/** Fields that no API server knows, which those schemas let pass: what the client drops when it reads the object and writes it again. */
export function unknownFields(manifest: Manifest): string[] {
  // Nothing here knows the fields of other people's kinds.
  if (packageOf(manifest) !== "kubernetes-models") return [];
  const version = manifest.apiVersion.split("/").at(-1) ?? "";
  const type = `${version.toUpperCase()}${manifest.kind}`;
  const known: unknown = ObjectSerializer.serialize(
    ObjectSerializer.deserialize(manifest, type, ""),
    type,
    "",
  );
  return dropped(manifest, known, `${manifest.kind} ${manifest.metadata.name}: `);
}

function packageOf({ apiVersion }: Manifest): string {
  return PACKAGES[apiVersion.split("/")[0] ?? ""] ?? "kubernetes-models";
}

function dropped(given: unknown, kept: unknown, path: string): string[] {
  if (typeof given !== "object" || given === null) return [];
  return Object.entries(given).flatMap(([name, value]) => {
    const below: unknown = (kept as Record<string, unknown> | null | undefined)?.[name];
    return below === undefined ? [`${path}${name}`] : dropped(value, below, `${path}${name}.`);
  });
}

import type { TestProject } from "vitest/node";
import { findRenderer } from "./renderer.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** How manifests are rendered here; null where nothing can. */
    readonly renderer: readonly string[] | null;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const renderer = await findRenderer();
  if (renderer === undefined) {
    console.log("tests: k8s: skipped: needs kubectl or kustomize with kustomize 5, or Go to build it");
  }
  project.provide("renderer", renderer ?? null);
}

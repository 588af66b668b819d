import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { parseAllDocuments } from "yaml";
import "./global-setup.js";
import type { Manifest } from "./manifest.js";

/** The folder k8s/ of the checkout. */
export const k8s = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const canRender = inject("renderer") !== null;

/** Renders the kustomization in a folder below k8s/. */
export function render(folder: string): Manifest[] {
  return parse(build(join(k8s, folder)));
}

/** Renders the base with components, as an overlay of somebody's own would. */
export function renderBaseWith(components: readonly string[]): Manifest[] {
  const overlay = mkdtempSync(join(realpathSync(tmpdir()), "countersign-overlay-"));
  try {
    mkdirSync(overlay, { recursive: true });
    const at = (path: string) => relative(overlay, join(k8s, path));
    const kustomization = {
      resources: [at("base")],
      components: components.map((name) => at(`components/${name}`)),
      images: [{ name: "countersign", newTag: "1.2.3" }],
    };
    writeFileSync(join(overlay, "kustomization.yaml"), JSON.stringify(kustomization));
    return parse(build(overlay));
  } finally {
    rmSync(overlay, { recursive: true });
  }
}

/** The text that `kubectl apply` would be given. */
export function build(folder: string): string {
  const [program = "", ...args] = inject("renderer") ?? [];
  return execFileSync(program, [...args, folder], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Kubernetes reads YAML 1.1, where 0440 is octal. */
export function parse(text: string): Manifest[] {
  return parseAllDocuments(text, { version: "1.1" }).map((document) => document.toJS() as Manifest);
}

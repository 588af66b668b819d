import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { makeBaseImages } from "./base-images.js";
import { build, createEngine, type Engine, podman, removeEngine } from "./engine.js";
import { whyNot } from "./tools.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the image was built; null where nothing can build or run one. */
    readonly engine: Engine | null;
  }
}

/** The name that the dev overlay asks for. */
export const IMAGE = "localhost/countersign:dev";
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const cache = join(root, "node_modules/.cache/countersign-image");

/** Builds the image once for all tests; the function it returns removes it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reason = await whyNot({ install: process.env.IMAGE_TEST_INSTALL === "true" });
  if (reason !== undefined) {
    console.log(`image test: skipped: ${reason}`);
    project.provide("engine", null);
    return () => Promise.resolve();
  }
  const engine = createEngine();
  project.provide("engine", engine);
  try {
    await timed("bases", () => makeBaseImages(engine, join(root, "Dockerfile"), cache));
    await timed("image", () => build(engine, { name: IMAGE, context: root, options: network() }));
    const size = Number(await podman(engine, ["image", "inspect", "--format", "{{.Size}}", IMAGE]));
    console.log(`image test: the image has ${Math.round(size / 1_000_000)} MB`);
  } catch (error) {
    await removeEngine(engine);
    throw error;
  }
  return () => removeEngine(engine);
}

/** How the build reaches packages through a network that has certificates of its own. */
function network(): string[] {
  const bundle = process.env.NODE_EXTRA_CA_CERTS;
  if (bundle === undefined) return [];
  return ["--volume", `${bundle}:${bundle}:ro`, "--build-arg", `NODE_EXTRA_CA_CERTS=${bundle}`];
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`image test: ${what} built in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";
import { k8s } from "./support/render.js";

const text = readFileSync(join(dirname(k8s), "Dockerfile"), "utf8");
const dockerfile = DockerfileParser.parse(text);
const instructions = dockerfile.getInstructions();
const named = (keyword: string) => instructions.filter((each) => each.getKeyword() === keyword);
/** What belongs to the last stage, the one that runs. */
const runtime = instructions.slice(instructions.findLastIndex((each) => each.getKeyword() === "FROM"));
const ofRuntime = (keyword: string) =>
  runtime.filter((each) => each.getKeyword() === keyword).map((each) => each.getArgumentsContent() ?? "");

test("the Dockerfile is well-formed", () => {
  expect(validate(text).map(({ message, range }) => [range.start.line + 1, message])).toEqual([]);
});

test("every base is an argument, so that a release can pin it by digest, and none is latest", () => {
  const external = dockerfile.getFROMs().map((from) => from.getImage()?.replace(/^\$\{(\w+)\}$/, "$1"));
  expect(external).toEqual(["BUILD_IMAGE", "scratch", "RUNTIME_IMAGE"]);
  const bases = dockerfile.getARGs().map((arg) => arg.getProperty());
  for (const base of bases.filter((each) => each?.getName().endsWith("_IMAGE") === true)) {
    expect(base?.getValue()).toMatch(/^[a-z.]+\/[a-z0-9/-]+:(?!latest)[a-z0-9.-]+$/);
  }
});

test("what the service is compiled from is in the build context", () => {
  const root = dirname(k8s);
  const inContext = readFileSync(join(root, ".dockerignore"), "utf8").match(/^!.*$/gm);
  const config: unknown = JSON.parse(readFileSync(join(root, "services/mfa/tsconfig.json"), "utf8"));
  const { references } = config as { references: { path: string }[] };
  expect(references.length).toBeGreaterThan(0);
  for (const { path } of references) {
    const [folder] = relative(root, join(root, "services/mfa", path)).split("/");
    expect(inContext).toContain(`!${folder}`);
  }
});

test("the image runs as a numeric user that is not root, from a runtime without a shell", () => {
  expect(ofRuntime("USER")).toEqual(["65532:65532"]);
  expect(ofRuntime("RUN")).toEqual([]);
  expect(ofRuntime("COPY")).toEqual(["/app ./"]);
  expect(text).toContain("\nCOPY --from=build --chown=0:0 /app ./\n");
});

test("the image's process is Node itself, with the heap bounded by the memory limit", () => {
  const entrypoint: unknown = JSON.parse(ofRuntime("ENTRYPOINT")[0] ?? "");
  const heap = [
    "--max-old-space-size-percentage=40",
    "--max-semi-space-size=16",
    "--heap-growing-percent=100",
  ];
  expect(entrypoint).toEqual(["/nodejs/bin/node", ...heap, "/app/main.mjs"]);
  expect(JSON.parse(ofRuntime("CMD")[0] ?? "")).toEqual(["serve"]);
});

test("the image is in production by default, and says where it came from", () => {
  expect(ofRuntime("ENV").join(" ")).toContain("ENVIRONMENT=production");
  for (const label of ["title", "licenses", "version", "revision", "created"]) {
    expect(ofRuntime("LABEL").join(" ")).toContain(`org.opencontainers.image.${label}=`);
  }
});

test("the Dockerfile fetches nothing by URL, takes in no secret, and keeps to what every builder understands", () => {
  expect(named("ADD")).toEqual([]);
  expect(text).not.toMatch(/--link|<<|SECRET|PASSWORD|TOKEN/);
});

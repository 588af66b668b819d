import { describe, expect, test } from "vitest";
import { documentedSecrets } from "./support/documented-secrets.js";
import { workloadsIn } from "./support/manifest.js";
import { podProblems } from "./support/pod-policy.js";
import { referenceProblems } from "./support/reference-policy.js";
import { build, canRender, k8s, parse } from "./support/render.js";
import { schemaProblems, unknownFields } from "./support/schema.js";

const secrets = new Set(documentedSecrets().keys());

/** Each row breaks the rendered production in one place, as a hasty edit would. */
describe.skipIf(!canRender)("the tests notice", () => {
  const sound = canRender ? build(`${k8s}/overlays/prod`) : "";
  const problemsAfter = async (from: string | RegExp, to: string) => {
    const broken = sound.replace(from, to);
    expect(broken).not.toBe(sound);
    const manifests = parse(broken);
    return [
      ...(await Promise.all(manifests.map(schemaProblems))).flat(),
      ...manifests.flatMap(unknownFields),
      ...workloadsIn(manifests).flatMap(podProblems),
      ...referenceProblems(manifests, secrets),
    ].join("\n");
  };

  test.each([
    ["a misspelt field", "resources:\n", "resorces:\n", "resorces"],
    ["a wrong type", "minReadySeconds: 5", "minReadySeconds: five", "minReadySeconds"],
    ["a container that may be root", /runAsNonRoot: true/g, "runAsNonRoot: false", "may run as root"],
    ["a writable root", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "write to its root"],
    ["kept capabilities", "- ALL", "- NET_RAW", "capabilities"],
    ["an image without a version", /(image: [^:]+):.*/, "$1:latest", "image without a version"],
    ["a missing limit", /limits:\n +memory: 384Mi\n/, "limits: {}\n", "no memory limit"],
    ["a probe of a port that is not there", /port: admin/g, "port: metrics", "no liveness probe"],
    [
      "a Service to a port that is not there",
      "targetPort: grpc",
      "targetPort: http",
      "leads to no port http",
    ],
    [
      "a Service without pods",
      /name: countersign\n {2}type: ClusterIP/,
      "name: other\n  type: ClusterIP",
      "selects 0",
    ],
    [
      "an undocumented Secret",
      "secretName: countersign-keys",
      "secretName: keys",
      "Secret keys is not documented",
    ],
    [
      "a missing ConfigMap",
      /configMapRef:\n( +)name: .*/,
      "configMapRef:\n$1name: other",
      "no ConfigMap other",
    ],
    [
      "a missing ServiceAccount",
      "serviceAccountName: countersign",
      "serviceAccountName: other",
      "no ServiceAccount",
    ],
    ["a file outside every mount", "/etc/countersign/redis/url", "/etc/redis/url", "which nothing mounts"],
    ["an autoscaler of nothing", /(scaleTargetRef:\n.*\n.*\n +name: )countersign/, "$1other", "scales other"],
    ["the node's network", "enableServiceLinks: false", "hostNetwork: true", "hostNetwork is on"],
  ])("the tests notice: %s", async (_, from, to, problem) => {
    expect(await problemsAfter(from, to)).toContain(problem);
  });
});

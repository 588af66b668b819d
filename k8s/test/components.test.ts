import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { V1NetworkPolicyEgressRule, V1NetworkPolicySpec } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { documentedSecrets } from "./support/documented-secrets.js";
import { serverIn, settingsOf, specsOf, workloadsIn } from "./support/manifest.js";
import { podProblems } from "./support/pod-policy.js";
import { referenceProblems } from "./support/reference-policy.js";
import { canRender, k8s, renderBaseWith } from "./support/render.js";
import { schemaProblems, unknownFields } from "./support/schema.js";

/** For the migration's Job, which the base does not have: the overlays' tests render it. */
const OF_THE_JOB = "release-name";
const components = readdirSync(join(k8s, "components")).filter((name) => name !== OF_THE_JOB);
const secrets = new Set(documentedSecrets().keys());

describe.skipIf(!canRender).each(components)("the base with %s", (component) => {
  test("the base with a component is valid, restricted and whole", async () => {
    const manifests = renderBaseWith([component]);
    const problems = [
      ...(await Promise.all(manifests.map(schemaProblems))).flat(),
      ...manifests.flatMap(unknownFields),
      ...workloadsIn(manifests).flatMap(podProblems),
      ...referenceProblems(manifests, secrets),
    ];
    expect(problems).toEqual([]);
  });
});

describe.skipIf(!canRender)("components", () => {
  const settingsWith = (...names: string[]) => {
    const manifests = renderBaseWith(names);
    return settingsOf(manifests, serverIn(manifests));
  };

  test("mtls brings TLS with it, and asks every caller for a certificate", () => {
    expect(settingsWith("mtls")).toMatchObject({
      TLS_CERT_FILE: "/etc/countersign/tls/tls.crt",
      TLS_CLIENT_CA_FILE: "/etc/countersign/client-ca/ca.crt",
      TLS_CLIENT_AUTH: "require",
    });
  });

  test("prestop-sleep waits in the kubelet instead of the process", () => {
    const manifests = renderBaseWith(["prestop-sleep"]);
    const server = serverIn(manifests);
    expect(server.pod.containers[0]?.lifecycle).toEqual({ preStop: { sleep: { seconds: 5 } } });
    expect(settingsOf(manifests, server).DRAIN_DELAY_MS).toBe("0");
  });

  test("tracing opens the way to the collector where networkpolicy has closed it, and closes none by itself", () => {
    const policies = (...names: string[]) =>
      specsOf<V1NetworkPolicySpec>(renderBaseWith(names), "NetworkPolicy");
    const opened = (...names: string[]) =>
      policies(...names).flatMap(({ egress = [] }) => egress.filter(reaches(4318)));
    expect(opened("networkpolicy")).toEqual([]);
    expect(opened("networkpolicy", "tracing")).toEqual([
      {
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "observability" } } }],
        ports: [{ protocol: "TCP", port: 4318 }],
      },
    ]);
    expect(policies("tracing")).toEqual([]);
  });

  test("a setting that a component changes rolls the pods", () => {
    const nameOf = (...names: string[]) =>
      renderBaseWith(names).find(({ kind }) => kind === "ConfigMap")?.metadata.name;
    expect(nameOf("pgbouncer")).not.toBe(nameOf());
  });

  test("hpa and replicas-fixed together are refused by the tests of this folder", () => {
    expect(referenceProblems(renderBaseWith(["hpa", "replicas-fixed"]), secrets)).toEqual([
      "countersign has both replicas and an autoscaler",
    ]);
  });
});

function reaches(port: number): (rule: V1NetworkPolicyEgressRule) => boolean {
  return ({ ports = [] }) => ports.some((each) => Number(each.port) === port);
}

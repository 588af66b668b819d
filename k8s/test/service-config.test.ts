import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { k8s } from "./support/render.js";

interface ServiceConfig {
  readonly loadBalancingConfig: unknown;
  readonly methodConfig: readonly {
    readonly name: readonly { readonly service: string; readonly method: string }[];
    readonly timeout: string;
    readonly retryPolicy: { readonly retryableStatusCodes: readonly string[]; readonly maxAttempts: number };
  }[];
}

const root = dirname(k8s);
const read = (file: string) => JSON.parse(readFileSync(join(root, "docs", file), "utf8")) as ServiceConfig;
const proto = readFileSync(join(root, "proto/countersign/mfa/v1/mfa_service.proto"), "utf8");
const rpcs = [...proto.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, name]) => name ?? "");
const retried = (config: ServiceConfig) =>
  config.methodConfig.flatMap(({ name }) => name.map(({ method }) => method)).sort();

describe.each(["service-config.json", "service-config-with-request-id.json"])("%s", (file) => {
  const config = read(file);

  test("the published service config names existing RPCs", () => {
    expect(rpcs).toEqual(expect.arrayContaining(retried(config)));
    for (const { name } of config.methodConfig)
      for (const { service } of name) expect(service).toBe("countersign.mfa.v1.MfaService");
  });

  test("the published service config balances over all pods, and retries UNAVAILABLE only", () => {
    expect(config.loadBalancingConfig).toEqual([{ round_robin: {} }]);
    for (const { retryPolicy } of config.methodConfig) {
      expect(retryPolicy.retryableStatusCodes).toEqual(["UNAVAILABLE"]);
      expect(retryPolicy.maxAttempts).toBe(4);
    }
  });
});

test("the service configs, the pages and the client agree on the time limits of checks and sends", () => {
  const page = (name: string) => readFileSync(join(root, name), "utf8").replaceAll(/\s+/g, " ");
  const client = page("packages/client/README.md");
  const [check] = /(?<=`defaultTimeoutMs` \| )\d+(?=,000)/.exec(client) ?? [];
  const [send] = /(?<=`sendTimeoutMs` \| )\d+(?=,000)/.exec(client) ?? [];
  expect(page("packages/client/src/transport.ts")).toContain(
    `{ defaultTimeoutMs = ${check}_000, sendTimeoutMs = ${send}_000 }`,
  );
  expect(page("docs/integrating.md")).toContain(
    `Use a ${check}-second timeout for checks and ${send} seconds for sends.`,
  );
  expect(page("docs/operations.md")).toContain(`${check} s for checks and ${send} s for sends`);
  for (const file of ["service-config.json", "service-config-with-request-id.json"])
    for (const { name, timeout } of read(file).methodConfig)
      expect(timeout).toBe(name.some(({ method }) => method.startsWith("Send")) ? `${send}s` : `${check}s`);
});

test("calls that change something are retried only by callers that set a request_id", () => {
  expect(retried(read("service-config.json"))).toEqual(["GetMfaStatus", "IsMfaRequired"]);
  const idempotent = rpcs.filter((rpc) =>
    new RegExp(`^message ${rpc}Request \\{[^}]*string request_id`, "m").test(proto),
  );
  expect(retried(read("service-config-with-request-id.json"))).toEqual(
    ["GetMfaStatus", "IsMfaRequired", ...idempotent].sort(),
  );
});

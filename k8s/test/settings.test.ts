import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadServiceConfig, redisTarget } from "@countersign/mfa/testing/server";
import { describe, expect, test } from "vitest";
import { type Manifest, serverIn, settingsOf } from "./support/manifest.js";
import { canRender, k8s, render, renderBaseWith } from "./support/render.js";

/** What an operator's Secrets would hold. */
const FILES: Readonly<Record<string, string>> = {
  "postgres/url": "postgres://countersign_app:secret@postgres:5432/countersign?sslmode=verify-full",
  "redis/url": "rediss://:secret@redis:6379",
  "redis/password": "p@ss/word",
  "platform/jwt-secret": "Xp3QeT6YhR0uMf8Bn1KzWj4CdSgAvL7oIy5tNxO2",
  "smtp/url": "smtp://mailer:secret@mail.example.com:587",
  "twilio/account-sid": "AC0123456789abcdef0123456789abcdef",
  "twilio/auth-token": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
  "security/security.yaml": readFileSync(join(k8s, "components/security-config/security.yaml"), "utf8"),
};

function readMounted(path: string): string {
  const content = FILES[path.replace("/etc/countersign/", "")];
  if (content === undefined) throw new Error(`nothing is mounted at ${path}`);
  return content;
}

/** The service's own judgement of the settings that its pods are given. */
function loadedFrom(manifests: readonly Manifest[]) {
  const loaded = loadServiceConfig(settingsOf(manifests, serverIn(manifests)), readMounted);
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  return loaded.config;
}

describe.skipIf(!canRender)("the settings of", () => {
  test.each(["staging", "prod"])(
    "%s are what the service wants, with mutual TLS and listed callers",
    (name) => {
      expect(loadedFrom(render(`overlays/${name}`))).toMatchObject({
        environment: name === "prod" ? "production" : "staging",
        host: "0.0.0.0",
        port: 50_051,
        adminPort: 9_090,
        keyRingDir: "/etc/countersign/keys",
        callers: { file: "/etc/countersign/callers/callers.yaml" },
        tls: {
          certFile: "/etc/countersign/tls/tls.crt",
          keyFile: "/etc/countersign/tls/tls.key",
          clientCa: { file: "/etc/countersign/client-ca/ca.crt", auth: "require" },
        },
        reflection: name !== "prod",
      });
    },
  );

  test("dev need no callers, no TLS and no delivery", () => {
    expect(loadedFrom(render("overlays/dev"))).toMatchObject({
      environment: "development",
      callers: undefined,
      tls: undefined,
    });
  });

  test("the components for delivery and policy are what the service wants", () => {
    const components = ["callers", "mtls", "smtp", "twilio", "security-config"];
    expect(loadedFrom(renderBaseWith(components))).toMatchObject({
      security: { initial: { config: { mfa: { required: true, totpIssuer: "Example" } } } },
      delivery: {
        sms: { primary: { kind: "twilio", sender: { from: "+12015550100" } } },
        email: { primary: { kind: "smtp" } },
      },
    });
  });

  test("tracing are what the service wants, and no component traces by itself", () => {
    const components = ["callers", "mtls"];
    expect(loadedFrom(renderBaseWith([...components, "tracing"])).tracing).toMatchObject({
      url: "http://otel-collector.observability:4318/v1/traces",
      sampler: { name: "parentbased_traceidratio", ratio: 0.1 },
      resource: { "service.name": "countersign", "k8s.pod.name": "$(POD_NAME)" },
    });
    expect(loadedFrom(renderBaseWith(components)).tracing).toBeUndefined();
  });

  test("redis-sentinel and redis-cluster address such a Redis, with the password apart", () => {
    const redisOf = (component: string) =>
      redisTarget(loadedFrom(renderBaseWith(["callers", "mtls", component])).stores!.redis);
    expect(redisOf("redis-sentinel")).toMatchObject({
      topology: "sentinel",
      group: "countersign",
      password: "p@ss/word",
      tls: {},
    });
    expect(redisOf("redis-cluster")).toMatchObject({ topology: "cluster", password: "p@ss/word", tls: {} });
  });

  test("pgbouncer leave each pod more connections", () => {
    expect(loadedFrom(renderBaseWith(["callers", "mtls", "pgbouncer"])).databaseConnections).toBe(20);
  });
});

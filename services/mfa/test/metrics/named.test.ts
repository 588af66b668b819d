import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCertificate } from "../support/caller/certificate.js";
import { createKeyFolder, type KeyFolder } from "../support/key-folder.js";
import { scrape } from "../support/scrape.js";
import { startTestService, type TestService } from "../support/service.js";

const repository = join(import.meta.dirname, "../../../..");
const NAME = /\b(?:countersign|grpc_server|nodejs|process)_[a-z0-9_]+\b/g;
const PROVIDER = {
  kind: "webhook",
  url: new URL("https://127.0.0.1:1/"),
  secret: "an example secret of thirty-two bytes!",
} as const;

let service: TestService;
let keys: KeyFolder;
let tlsFolder: string;
let samples: ReadonlySet<string>;

beforeAll(async () => {
  keys = await createKeyFolder("first");
  tlsFolder = mkdtempSync(join(tmpdir(), "countersign-metrics-"));
  const { key, cert } = createCertificate();
  const [keyFile, certFile] = [join(tlsFolder, "key.pem"), join(tlsFolder, "cert.pem")];
  writeFileSync(keyFile, key);
  writeFileSync(certFile, cert);
  service = await startTestService({
    config: {
      keyRingDir: keys.path,
      tls: { certFile, keyFile, clientCa: undefined },
      delivery: {
        sms: { primary: { ...PROVIDER, name: "sms_webhook" }, fallback: undefined },
        email: { primary: { ...PROVIDER, name: "email_webhook" }, fallback: undefined },
        limits: { tryMs: 100, totalMs: 200, failuresToOpen: 5, openForMs: 30_000 },
      },
    },
  });
  const [replica] = service.replicas;
  if (replica === undefined) throw new Error("no replica");
  samples = new Set([...(await scrape(replica)).keys()].map((sample) => sample.replace(/\{.*/, "")));
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await keys[Symbol.asyncDispose]();
  rmSync(tlsFolder, { recursive: true });
});

function read(path: string): string {
  return readFileSync(join(repository, path), "utf8");
}

/** What the file says of metrics, without the names of database roles. */
function namesIn(text: string): string[] {
  return [...new Set(text.match(NAME))].filter((name) => !/^countersign_(?:app|owner)$/.test(name));
}

test.each([
  ...readdirSync(join(repository, "k8s/components/prometheus")).map(
    (file) => `k8s/components/prometheus/${file}`,
  ),
  "docs/metrics.md",
  "docs/operations.md",
])("a running server has every metric that %s names", (path) => {
  const missing = namesIn(read(path)).filter((name) => !samples.has(name) && !samples.has(`${name}_bucket`));
  expect(missing).toEqual([]);
});

test("docs/metrics.md has a row for every metric of ours", () => {
  const rows = new Set([...read("docs/metrics.md").matchAll(/^\| `([a-z0-9_]+)`/gm)].map(([, name]) => name));
  const ours = [...samples]
    .filter((name) => /^(?:countersign|grpc_server)_/.test(name))
    .map((name) => name.replace(/_(?:bucket|sum|count)$/, ""));
  expect([...new Set(ours)].filter((name) => !rows.has(name))).toEqual([]);
  expect(rows.size).toBe(new Set(ours).size);
});

import { readFileSync } from "node:fs";
import { configurationReference } from "@countersign/security-config";
import { expect, test } from "vitest";
import { loadServiceConfig } from "./service-config.js";
import { SERVICE_SETTINGS } from "./service-settings.js";

const page = (name: string) => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");

/** Every name that loading asks for, whichever way callers are configured, and with traces. */
function namesRead(): string[] {
  const names = new Set<string>();
  const variants = [
    {},
    { TLS_CLIENT_CA_FILE: "/ca" },
    { CALLER_JWT_ISSUER: "x" },
    { OTEL_TRACES_EXPORTER: "otlp" },
  ];
  for (const given of variants) {
    const env = new Proxy<Record<string, string>>(given, {
      get(target, name) {
        if (typeof name === "string") names.add(name);
        return Reflect.get(target, name) as unknown;
      },
    });
    loadServiceConfig(env, () => "");
  }
  return [...names].filter((name) => !(name.endsWith("_FILE") && names.has(name.slice(0, -"_FILE".length))));
}

test("the list of service settings has every variable that is read, and no other", () => {
  const elsewhere = new Set(configurationReference().map(({ env }) => env));
  const delivery = new Set([...page("delivery.md").matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name));
  const own = namesRead().filter(
    (name) =>
      !elsewhere.has(name) && (!delivery.has(name) || name in SERVICE_SETTINGS) && !/^FALLBACK_/.test(name),
  );
  expect(own.sort()).toEqual(Object.keys(SERVICE_SETTINGS).sort());
});

test("docs/configuration.md has a row for each, as the list has it", () => {
  const rows = Object.entries(SERVICE_SETTINGS).map(
    ([name, { default: fallback, doc }]) => `| \`${name}\` | ${fallback} | ${doc} |`,
  );
  const shown = page("configuration.md").split("\n");
  expect(rows.filter((row) => !shown.includes(row))).toEqual([]);
  const first = shown.indexOf(rows[0] ?? "");
  expect(shown.slice(first, first + rows.length)).toEqual(rows);
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readEnvironment } from "../../src/config/environment-reader.js";
import { readNoticeRules } from "../../src/config/notice-rules.js";
import { readSendLimits } from "../../src/config/send-limits.js";
import { readDeliveryConfig } from "../../src/delivery/config/delivery-config.js";

/** Every setting that the code asks for, whichever providers are chosen, without the FALLBACK_ and _FILE forms. */
function namesRead(): string[] {
  const names = new Set<string>();
  for (const [sms, email] of [
    ["twilio", "smtp"],
    ["webhook", "webhook"],
  ]) {
    const env: Record<string, string> = { SMS_PROVIDER: sms ?? "", EMAIL_PROVIDER: email ?? "" };
    for (const apiKey of ["", "SK1"]) {
      const given = { ...env, TWILIO_API_KEY_SID: apiKey };
      const watched = new Proxy<Record<string, string>>(given, {
        get(target, name) {
          if (typeof name === "string" && !name.endsWith("_FILE")) names.add(name);
          return Reflect.get(target, name) as unknown;
        },
      });
      readDeliveryConfig(watched, { development: false, readFile: () => "" });
      readSendLimits(readEnvironment(watched, () => ""));
      readNoticeRules(readEnvironment(watched, () => ""));
    }
  }
  return [...names].sort();
}

test("docs/delivery.md lists every setting of delivery and no other", () => {
  const page = readFileSync(new URL("../../../../docs/delivery.md", import.meta.url), "utf8");
  const firstCells = page.split("\n").flatMap((line) => /^\| (`[^|]+) \|/.exec(line)?.[1] ?? []);
  const documented = firstCells.flatMap((cell) =>
    [...cell.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name),
  );
  expect(documented.sort()).toEqual(namesRead());
});

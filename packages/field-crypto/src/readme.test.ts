import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import * as fieldCrypto from "./index.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** Runs statements of the example and answers what each named one gives. */
function run(code: string): unknown {
  const body = code.replace(
    /^import (\{[^}]*\}) from "@countersign\/field-crypto";$/m,
    "const $1 = fieldCrypto;",
  );
  const environment = { ENCRYPTION_KEY: randomBytes(32).toString("base64") };
  return runInNewContext(`(() => {${body}})()`, { fieldCrypto, process: { env: environment } });
}

const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";

test("each line of the README's example gives what its comment says", () => {
  const opened = example.replace(/^(.*\.open\(envelope, context\)\.toString\(\)); \/\/.*$/m, "return $1;");
  expect(opened).not.toBe(example);
  expect(run(opened)).toBe(/toString\(\); \/\/ "(.*)"/.exec(example)?.[1]);
  expect(() => run(example)).toThrow(/authentication-failed/);
  const verified = example
    .replace(/^.*\/\/ throws.*$/m, "")
    .replace(/^(codes\.verify\(.*\)); \/\/ true$/m, "return $1;");
  expect(run(verified)).toBe(true);
});

test("the README's key file is refused as an example", () => {
  const file = JSON.parse(/```json\n(.*?)```/s.exec(readme)?.[1] ?? "") as { secret: string };
  expect(fieldCrypto.EXAMPLE_KEYS).toContain(file.secret);
});

test("the README names every purpose", () => {
  expect(fieldCrypto.KEY_PURPOSES.filter((purpose) => !readme.includes(`\`${purpose}\``))).toEqual([]);
});

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { SERVICE_SETTINGS } from "./settings/service-settings.js";
import { staleRows, topicsOf, withSettings } from "./settings-pages.fixture.js";

const DOCS = fileURLToPath(new URL("../../../../docs/", import.meta.url));
const read = (name: string) => readFileSync(`${DOCS}${name}`, "utf8");
const pages = readdirSync(DOCS).filter((name) => name.endsWith(".md") && topicsOf(read(name)).length > 0);

test("docs/configuration.md has a table of every topic", () => {
  expect([...topicsOf(read("configuration.md"))].sort()).toEqual(Object.keys(SERVICE_SETTINGS).sort());
});

/** To refresh the pages: npx vitest run services/mfa/src/config/settings-pages -u */
test.each(pages)("docs/%s tells every setting as the code has it", async (name) => {
  const page = read(name);
  const refreshed = expect(withSettings(page)).toMatchFileSnapshot(`${DOCS}${name}`);
  await refreshed.catch((): never => {
    throw new Error(
      [`docs/${name}`, ...staleRows(page), "npx vitest run services/mfa/src/config/settings-pages -u"].join(
        "\n  ",
      ),
    );
  });
});

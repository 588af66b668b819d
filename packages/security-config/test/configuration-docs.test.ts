import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { withReference } from "./configuration-markdown.js";

const PAGE = fileURLToPath(new URL("../../../docs/configuration.md", import.meta.url));

it("docs/configuration.md tells every setting as the fields have it", async () => {
  await expect(withReference(readFileSync(PAGE, "utf8"))).toMatchFileSnapshot(PAGE);
});

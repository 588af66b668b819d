import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { typeSource } from "./type-source.js";

it("the published types say what the fields say", async () => {
  await expect(typeSource()).toMatchFileSnapshot(
    fileURLToPath(new URL("../src/security-config.ts", import.meta.url)),
  );
});

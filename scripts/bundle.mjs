import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cyclonedxEsbuildPlugin } from "@cyclonedx/cyclonedx-esbuild";
import { build } from "esbuild";
import { root, say } from "./process.mjs";

const service = join(root, "services/mfa");
const sbom = "sbom.cdx.json";

/**
 * Puts what production runs into a new folder: one file of code with its source map, the migrations, an SBOM of exactly the packages
 * that went into that file, and their licences.
 */
export async function bundle([folder]) {
  if (folder === undefined) throw new Error("usage: node scripts/run.mjs bundle FOLDER");
  const outdir = resolve(folder);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  await build({ ...settings(), outdir });
  cpSync(join(service, "migrations"), join(outdir, "migrations"), { recursive: true });
  cpSync(join(root, "LICENSE"), join(outdir, "LICENSE"));
  const { components } = JSON.parse(readFileSync(join(outdir, sbom), "utf8"));
  if (components.some(({ name }) => name === "pglite"))
    throw new Error("the embedded database got into the bundle");
  if (readFileSync(join(outdir, "main.mjs"), "utf8").includes("/test-kit/clock"))
    throw new Error("the test kit got into the bundle");
  writeFileSync(join(outdir, "THIRD-PARTY-LICENSES.txt"), components.map(licencesOf).join("\n"));
  say(`bundle: ${outdir} is ready: ${components.length} packages`);
}

const settings = () => ({
  absWorkingDir: root,
  entryPoints: { main: join(service, "dist/main.js") },
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  outExtension: { ".js": ".mjs" },
  sourcemap: true,
  sourcesContent: false,
  legalComments: "none",
  logLevel: "warning",
  // Loaded by development alone, and then from a checkout: the database inside the process weighs more than the image, and what moves the
  // clock has no place in it.
  external: ["*/pglite-database.js", "*/open-test-kit.js"],
  // CommonJS packages call require() for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  plugins: [
    cyclonedxEsbuildPlugin({
      outputFile: sbom,
      specVersion: "1.6",
      mcType: "application",
      gatherLicenseTexts: true,
      outputReproducible: true,
      logLevel: "warning",
    }),
  ],
});

/** MIT, BSD and Apache ask that their text goes with every copy, and bundling drops the files that hold it. */
function licencesOf({ group, name, version, licenses = [], evidence = {} }) {
  const title = `${group === undefined ? "" : `${group}/`}${name} ${version}`;
  const declared = licenses.map(({ license, expression }) => expression ?? license.id ?? license.name);
  const texts = (evidence.licenses ?? []).map(({ license }) => textOf(license.text));
  return [`${"=".repeat(78)}\n${title} (${declared.join(", ")})\n`, ...texts].join("\n");
}

function textOf({ content, encoding }) {
  return encoding === "base64" ? Buffer.from(content, "base64").toString("utf8") : content;
}

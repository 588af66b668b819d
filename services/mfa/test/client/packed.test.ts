import { execFile } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { startTestService, type TestService } from "../support/service.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const client = `${root}packages/client/`;

let service: TestService;
let folder: ScratchFolder;
beforeAll(async () => {
  service = await startTestService();
  folder = await createScratchFolder();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The packages that the client asks of a registry, as they lie in this workspace: nothing is fetched. */
function registryPackages(): string[] {
  const { dependencies } = JSON.parse(readFileSync(`${client}package.json`, "utf8")) as {
    dependencies: Record<string, string>;
  };
  return Object.keys(dependencies)
    .filter((name) => name !== "@countersign/protocol")
    .map((name) => realpathSync(`${client}node_modules/${name}`));
}

async function install(): Promise<void> {
  const { stdout } = await run("npm", ["run", "--silent", "pack", "--", folder.at(".")], { cwd: root });
  const tarballs = stdout.trim().split("\n");
  await folder.put("package.json", JSON.stringify({ private: true, type: "module" }));
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--offline"];
  await run("npm", ["install", ...flags, ...tarballs, ...registryPackages()], { cwd: folder.at(".") });
}

const compile = () => run(`${root}node_modules/.bin/tsc`, ["-p", folder.at(".")], { cwd: folder.at(".") });

const settings = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "dom"],
    module: "nodenext",
    strict: true,
    skipLibCheck: true,
    types: [],
    outDir: "out",
    rootDir: ".",
  },
  include: ["*.ts"],
};

/** Packing, installing and compiling are slow on a busy machine. */
const PATIENCE = 180_000;

test(
  "outside the workspace the packed client installs, type-checks and logs a user in as its README says",
  async () => {
    await install();
    const readme = readFileSync(`${client}README.md`, "utf8");
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    await folder.put("second-step.ts", example.replace("http://127.0.0.1:50051", service.url));
    await folder.put("tsconfig.json", JSON.stringify(settings));
    await compile();

    const { userId, authenticator } = await enrolTotp(service.client, service.clock);
    const code = authenticator.code(service.clock.ms);
    const program = `import { secondStep } from "./out/second-step.js";
    for (const code of ["${code}", "${code}", "no code"]) console.log(await secondStep("${userId}", code));
    console.log(await secondStep("nobody", "123456"));`;
    const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: folder.at("."),
    });
    expect(stdout.trim().split("\n")).toEqual([
      "welcome, 10 backup codes left",
      "that code was not accepted",
      "that code was not accepted",
      "please try again later",
    ]);
    expect(stderr).toContain("MFA_NOT_ENABLED");

    await folder.put(
      "careless.ts",
      `import { checkCode, createMfaClient } from "@countersign/client";
     const checked = await checkCode(createMfaClient({ baseUrl: "" }), { userId: "", code: "" });
     export const left = checked.approval.backupCodesRemaining;`,
    );
    await expect(compile()).rejects.toMatchObject({
      stdout: expect.stringMatching(
        /^careless\.ts\(3,\d+\): error TS2339: .*approval[^\n]*\n(?! *\w+\.ts)/,
      ) as string,
    });
  },
  PATIENCE,
);

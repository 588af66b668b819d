import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findBinary } from "@countersign/mfa/backing/find-binary";

const run = promisify(execFile);
/** Components, `labels` and `replacements` came with kustomize 4 and 5; Debian's kubectl holds version 2. */
const OLDEST = 5;

/** The command that renders the kustomization in the folder that follows it; undefined where there is none. */
export async function findRenderer(): Promise<readonly string[] | undefined> {
  const kubectl = findBinary("kubectl");
  if (kubectl !== undefined && (await isRecent(kubectl, ["version", "--client"])))
    return [kubectl, "kustomize"];
  const kustomize = findBinary("kustomize");
  if (kustomize !== undefined && (await isRecent(kustomize, ["version"]))) return [kustomize, "build"];
  const go = findBinary("go", ["/usr/local/go/bin"]);
  return go === undefined ? undefined : buildKustomize(go);
}

async function isRecent(program: string, args: readonly string[]): Promise<boolean> {
  const { stdout } = await run(program, args).catch(() => ({ stdout: "" }));
  return Number(/(?:Kustomize Version: )?v(\d+)\.\d+\.\d+\s*$/.exec(stdout)?.[1] ?? 0) >= OLDEST;
}

/** From source, which takes a minute or two once; Go keeps what it built. */
async function buildKustomize(go: string): Promise<readonly string[] | undefined> {
  const command = [go, "run", "sigs.k8s.io/kustomize/kustomize/v5@v5.8.0"] as const;
  console.log("tests: building kustomize, as there is no recent kubectl ...");
  const built = await run(command[0], [...command.slice(1), "version"]).then(
    () => true,
    () => false,
  );
  return built ? [...command, "build"] : undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the text of the file that a `NAME_FILE` variable names, or throws. */
export type ReadFile = (path: string) => string;

/** The environment's value of one setting. `name` is the variable that was set. */
export type EnvironmentVariable =
  | { readonly kind: "unset" }
  | { readonly kind: "given"; readonly name: string; readonly text: string }
  | { readonly kind: "refused"; readonly name: string; readonly message: string };

/**
 * Reads one setting, given as NAME or as NAME_FILE, which names the file with the value, never as both. One newline at the end of the file is
 * dropped: editors and `echo` add it. Never throws. Without `readFile` a NAME_FILE is refused.
 */
export function readVariable(
  name: string,
  env: Environment,
  readFile: ReadFile | undefined,
): EnvironmentVariable {
  const fileName = `${name}_FILE`;
  const text = env[name];
  const path = env[fileName];
  if (text !== undefined && path !== undefined)
    return { kind: "refused", name, message: `is set together with ${fileName}` };
  if (text !== undefined) return { kind: "given", name, text };
  if (path === undefined) return { kind: "unset" };
  if (readFile === undefined)
    return { kind: "refused", name: fileName, message: "files are not read here; give the value itself" };
  try {
    return { kind: "given", name: fileName, text: readFile(path).replace(/\r?\n$/, "") };
  } catch (error) {
    const message = `names a file that cannot be read (${errorCode(error)})`;
    return { kind: "refused", name: fileName, message };
  }
}

/** Only the system's code: an error's message may contain more than the path. */
function errorCode(error: unknown): string {
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,40}$/.test(code) ? code : "unknown error";
}

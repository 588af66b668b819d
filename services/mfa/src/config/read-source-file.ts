import { readSettingFile } from "@countersign/security-config";
import { ConfigurationError } from "./forms/configuration-error.js";

/** The text of a file that the variable `name` names. Throws ConfigurationError with the system's code. */
export function readSourceFile(name: string, path: string): string {
  try {
    return readSettingFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ConfigurationError([`${name} names a file that cannot be read: ${code}`]);
  }
}

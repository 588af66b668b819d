import { readFileSync, statSync } from "node:fs";
import type { SecurityConfigFile } from "./file-layer.js";
import { MAX_TEXT_LENGTH } from "./setting-text.js";

/**
 * Reads a configuration file for `loadSecurityConfig`. Never throws: a file that cannot be read becomes one of the problems that loading reports.
 */
export function readSecurityConfigFile(path: string): SecurityConfigFile {
  try {
    return { path, text: readSettingFile(path) };
  } catch (error) {
    return { path, unreadable: (error as NodeJS.ErrnoException).code ?? "unknown error" };
  }
}

/** Reads the file that a `NAME_FILE` variable names: the `readFile` of `loadSecurityConfig`. Throws with the system's code. */
export function readSettingFile(path: string): string {
  const stats = statSync(path);
  // A device or pipe would block or never end.
  if (!stats.isFile()) throw Object.assign(new Error("not a regular file"), { code: "ENOTFILE" });
  if (stats.size > MAX_TEXT_LENGTH * 4) throw Object.assign(new Error("file too large"), { code: "EFBIG" });
  return readFileSync(path, "utf8");
}

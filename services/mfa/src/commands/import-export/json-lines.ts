import type { WrittenUser } from "../../domain/import-export/imported-user.js";
import { isUserColumn, malformed, toWrittenUser, USER_COLUMNS, type UserColumn } from "./user-columns.js";

const NUMBERS: ReadonlySet<UserColumn> = new Set(["last_accepted", "consecutive_failures"]);

/** Reads a line that is one JSON object: texts, whole numbers for the two counts, and a list of texts for the backup codes. */
export function decodeJsonLine(text: string): WrittenUser {
  const { backup_codes: codes = [], ...rest } = objectOf(text);
  const values: Partial<Record<UserColumn, string>> = {};
  for (const [name, value] of Object.entries(rest) as [UserColumn, unknown][])
    values[name] = NUMBERS.has(name) ? wholeNumber(name, value) : plainText(name, value);
  if (!Array.isArray(codes)) throw malformed("backup_codes", "must be a list");
  return toWrittenUser(
    values,
    codes.map((code) => plainText("backup_codes", code)),
  );
}

function objectOf(text: string): Partial<Readonly<Record<UserColumn, unknown>>> {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed("line", "is not a JSON object");
  const names = Object.keys(value);
  if (!names.every(isUserColumn))
    throw malformed("line", `has a key that is not known: keys are ${USER_COLUMNS.join(", ")}`);
  if (countKeys(text) > names.length) throw malformed("line", "has a key twice");
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed("line", "is not JSON");
  }
}

/** Of valid JSON: only a key is a string before a colon. `JSON.parse` silently keeps the last of two. */
function countKeys(text: string): number {
  return text.match(/"(?:[^"\\]|\\.)*"(?:\s*:)?/g)?.filter((token) => token.endsWith(":")).length ?? 0;
}

function plainText(name: UserColumn, value: unknown): string {
  if (typeof value === "string") return value;
  throw malformed(name, "must be text");
}

function wholeNumber(name: UserColumn, value: unknown): string {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value.toString();
  throw malformed(name, "must be a whole number");
}

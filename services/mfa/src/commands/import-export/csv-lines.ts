import { parse } from "csv-parse/sync";
import {
  type DecodeLine,
  isUserColumn,
  malformed,
  toWrittenUser,
  USER_COLUMNS,
  type UserColumn,
} from "./user-columns.js";

/**
 * Reads lines of CSV (RFC 4180) under this header. A record is one line: no field may hold a line break, so that an unclosed quote affects its own
 * line only. Throws for an unknown header without repeating it: a file without a header begins with a user.
 */
export function csvDecoder(header: string): DecodeLine {
  const columns = columnsOf(header);
  return (text) => {
    const fields = fieldsOf(text);
    if (fields === undefined) throw malformed("line", "is not CSV");
    if (fields.length !== columns.length) throw malformed("line", "has more or fewer fields than the header");
    const values = Object.fromEntries(columns.map((column, index) => [column, fields[index] ?? ""]));
    return toWrittenUser(values, (values.backup_codes ?? "").split(" ").filter(Boolean));
  };
}

function columnsOf(header: string): readonly UserColumn[] {
  const names = fieldsOf(header) ?? [];
  const columns = names.filter(isUserColumn);
  const unknown = names.flatMap((name, index) => (isUserColumn(name) ? [] : [index + 1]));
  if (unknown.length > 0)
    throw new Error(
      `the header's column ${unknown.join(", ")} is not known: columns are ${USER_COLUMNS.join(", ")}`,
    );
  if (new Set(columns).size < columns.length) throw new Error("the header has a column twice");
  if (!columns.includes("user_id")) throw new Error("the header has no column user_id");
  return columns;
}

/** Undefined if the line is not exactly one record. */
function fieldsOf(line: string): readonly string[] | undefined {
  try {
    const records = parse(line, { relax_column_count: true });
    return records.length === 1 ? records[0] : undefined;
  } catch {
    return undefined;
  }
}

import type { ImportLine } from "../../app/import-export/import-batch.js";
import { MfaError } from "../../domain/errors.js";
import { parseImportedUser } from "../../domain/import-export/imported-user.js";
import { csvDecoder } from "./csv-lines.js";
import { decodeJsonLine } from "./json-lines.js";
import { type FileLine, readLines } from "./read-lines.js";
import type { DecodeLine } from "./user-columns.js";

export const FILE_FORMATS = ["csv", "jsonl"] as const;

export type FileFormat = (typeof FILE_FORMATS)[number];

/** The users of a file, line by line, or the problem of each line. Throws if the file as a whole is not in this format. */
export async function* readUsers(
  bytes: AsyncIterable<Uint8Array>,
  format: FileFormat,
): AsyncGenerator<ImportLine> {
  let decode: DecodeLine | undefined = format === "jsonl" ? decodeJsonLine : undefined;
  for await (const line of readLines(bytes)) {
    if (decode === undefined) decode = csvDecoder("text" in line ? line.text : "");
    else yield readUser(line, decode);
  }
  if (decode === undefined) throw new Error("the file is empty: CSV begins with a header");
}

function readUser(line: FileLine, decode: DecodeLine): ImportLine {
  const { number } = line;
  if ("problem" in line) return { number, problems: [{ field: "line", description: line.problem }] };
  try {
    return { number, user: parseImportedUser(decode(line.text)) };
  } catch (error) {
    if (error instanceof MfaError && error.reason === "INVALID_FIELD")
      return { number, problems: error.violations };
    throw error;
  }
}

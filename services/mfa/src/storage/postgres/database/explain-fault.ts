import { MfaError } from "../../../domain/errors.js";
import { NO_ANSWER, type StoreFault } from "../../store-condition.js";
import { codeOf, isRefusedAccess } from "./fault.js";

export const READ_ONLY = "is read-only: a standby, or because of default_transaction_read_only";

/** SQLSTATEs in words, by code or prefix. Others are reported as no answer of Postgres. */
const WORDS: readonly (readonly [string, string])[] = [
  ["28000", "does not let ROLE in: see pg_hba.conf"],
  ["28P01", "refuses the password of ROLE (DATABASE_URL)"],
  ["28", "refuses ROLE"],
  ["3D000", "has no such database (DATABASE_URL)"],
  ["42501", "does not let ROLE do its work: countersign migrate --runtime-role"],
  ["25006", READ_ONLY],
  ["53100", "refuses writes: no space left on its disk"],
  ["53200", "refuses writes: out of memory"],
  ["53300", "has no connection left (max_connections)"],
  ["53", "lacks resources"],
  ["57P03", "is starting or stopping"],
  ["57014", "takes too long (DB_TIMEOUT_MS)"],
  ["55P03", "is kept waiting by a lock"],
  ["40P01", "found a deadlock"],
  ["58", "has a system fault: see its log"],
  ["XX", "has an internal fault: see its log"],
];
const REFUSE_WRITES = /^(?:25006|53100|53200)$/;

/** Why Postgres does not work, in words; undefined for an error that is a bug of the service and no fault of the store. */
export function explainPostgresFault(error: unknown, role: string | undefined): StoreFault | undefined {
  const code = codeOf(error) ?? "";
  const listed = WORDS.find(([start]) => code.startsWith(start))?.[1];
  const ours = !(error instanceof MfaError && error.reason === "STORE_UNAVAILABLE");
  if (ours && !isRefusedAccess(error) && !/^(?:28|3D000|42501)/.test(code)) return undefined;
  return {
    why: listed?.replace("ROLE", role ?? "the role") ?? connectionWords(error, code),
    refusesWrites: REFUSE_WRITES.test(code),
    vague: code === "",
  };
}

function connectionWords(error: unknown, code: string): string {
  if (/^(?:ENOTFOUND|EAI_AGAIN)$/.test(code)) return "has an address that is not known (DATABASE_URL)";
  if (isRefusedAccess(error)) return `has a certificate that is not believed: ${code}`;
  return NO_ANSWER;
}

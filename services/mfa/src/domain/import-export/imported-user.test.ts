import { describe, expect, test } from "vitest";
import { MfaError } from "../errors.js";
import { parseImportedUser, type WrittenUser } from "./imported-user.js";

const URI = "otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const EMPTY: WrittenUser = {
  userId: "alice",
  otpauthUri: "",
  phoneNumber: "",
  email: "",
  backupCodes: [],
  state: "",
  lastAccepted: "",
  consecutiveFailures: "",
};

function fieldsAtFault(changes: Partial<WrittenUser>): string[] {
  try {
    parseImportedUser({ ...EMPTY, ...changes });
  } catch (error) {
    if (error instanceof MfaError) return error.violations.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe("parseImportedUser", () => {
  test("parseImportedUser takes a factor as confirmed, without replay counter and failures, unless the line says otherwise", () => {
    expect(parseImportedUser({ ...EMPTY, email: "a@example.com" })).toEqual({
      userId: "alice",
      factor: { method: "email", written: "a@example.com" },
      backupCodes: [],
      state: "active",
      replayCounter: undefined,
      consecutiveFailures: 0,
    });
    const said = { state: "pending", lastAccepted: "58123456", consecutiveFailures: "100" };
    expect(parseImportedUser({ ...EMPTY, ...said, otpauthUri: URI })).toMatchObject({
      factor: { method: "totp", parameters: { digits: 6 } },
      state: "pending",
      replayCounter: 58_123_456n,
      consecutiveFailures: 100,
    });
  });

  test("parseImportedUser takes a replay counter of zero for none", () => {
    const written = { ...EMPTY, otpauthUri: URI, lastAccepted: "0" };
    expect(parseImportedUser(written).replayCounter).toBeUndefined();
  });

  test("parseImportedUser keeps backup codes in their one form", () => {
    const backupCodes = ["ab12-cd34-ef56", "0123456789AB"];
    expect(parseImportedUser({ ...EMPTY, email: "a@example.com", backupCodes }).backupCodes).toEqual([
      "AB12CD34EF56",
      "0123456789AB",
    ]);
  });

  const email = "a@example.com";
  const hash = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
  const changes: readonly [Partial<WrittenUser>, string[]][] = [
    [{}, ["factor"]],
    [{ email, phoneNumber: "+12025550123" }, ["factor"]],
    [{ email, otpauthUri: URI }, ["factor"]],
    [{ userId: "", email }, ["user_id"]],
    [{ userId: "a b", otpauthUri: "otpauth://hotp/x", state: "on" }, ["user_id", "otpauth_uri", "state"]],
    [{ email, state: "ACTIVE" }, ["state"]],
    [{ email, lastAccepted: "-1" }, ["last_accepted"]],
    [{ email, lastAccepted: "1e3" }, ["last_accepted"]],
    [{ email, lastAccepted: "12345678901234567" }, ["last_accepted"]],
    [{ email, consecutiveFailures: "101" }, ["consecutive_failures"]],
    [{ email, consecutiveFailures: "-1" }, ["consecutive_failures"]],
    [{ email, backupCodes: ["12345678"] }, ["backup_codes"]],
    [{ email, backupCodes: [hash] }, ["backup_codes"]],
    [{ email, backupCodes: ["ab12-cd34-ef56", "AB12CD34EF56"] }, ["backup_codes"]],
    [
      { email, backupCodes: Array.from({ length: 21 }, (_, n) => `${100_000_000_000 + n}`) },
      ["backup_codes"],
    ],
  ];
  test.each(changes)("parseImportedUser refuses %j", (change, fields) => {
    expect(fieldsAtFault(change)).toEqual(fields);
  });
});

import { describe, expect, test } from "vitest";
import { MfaError } from "../../domain/errors.js";
import { csvDecoder } from "./csv-lines.js";
import { decodeJsonLine } from "./json-lines.js";

/** The fields at fault; nothing of the line may be repeated. */
function refusal(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof MfaError)) throw error;
    expect(JSON.stringify([error.message, error.violations])).not.toContain("CANARY");
    return error.message;
  }
  return "";
}

describe("a line of CSV", () => {
  const decode = csvDecoder("user_id,email,backup_codes,last_accepted");

  test("a line of CSV is read by the header's columns, in any order, quoted or not", () => {
    expect(decode('alice,"a@example.com","ab12-cd34-ef56  0123-4567-89ab",17')).toMatchObject({
      userId: "alice",
      email: "a@example.com",
      backupCodes: ["ab12-cd34-ef56", "0123-4567-89ab"],
      lastAccepted: "17",
      phoneNumber: "",
    });
    expect(csvDecoder("email,user_id")('"a""b,c",bob')).toMatchObject({ userId: "bob", email: 'a"b,c' });
    expect(decode("alice,,,")).toMatchObject({ email: "", backupCodes: [] });
  });

  test.each([
    ["CANARY,a@example.com", "more or fewer fields"],
    ["CANARY,a@example.com,,,", "more or fewer fields"],
    ['CANARY,"a@example.com,,', "is not CSV"],
    ['CAN"ARY,a@example.com,,', "is not CSV"],
    ["CANARY,a@example.com,,\rbob,b@example.com,,", "is not CSV"],
  ])("a line of CSV: %j is refused", (line, problem) => {
    expect(refusal(() => decode(line))).toContain(problem);
  });

  test.each([
    ["CANARY,otpauth://totp/x?secret=CANARY", "column 1, 2 is not known"],
    ["user_id,Email", "column 2 is not known"],
    ["user_id,email,", "column 3 is not known"],
    ["user_id;email", "column 1 is not known"],
    ["user_id,email,email", "a column twice"],
    ["email", "no column user_id"],
    ["", "no column user_id"],
  ])("the header %j is refused as a whole", (header, problem) => {
    expect(() => csvDecoder(header)).toThrow(problem);
    expect(() => csvDecoder(header)).not.toThrow("CANARY");
  });
});

describe("a line of JSON", () => {
  test("a line of JSON is read by its keys", () => {
    const line =
      '{"user_id":"al\\"ice","email":"a@example.com","backup_codes":["0123-4567-89ab"],"last_accepted":17}';
    expect(decodeJsonLine(line)).toMatchObject({
      userId: 'al"ice',
      email: "a@example.com",
      backupCodes: ["0123-4567-89ab"],
      lastAccepted: "17",
    });
    expect(decodeJsonLine('{"user_id":"a: \\"b\\":"}')).toMatchObject({ userId: 'a: "b":' });
  });

  test.each([
    ["CANARY", "is not JSON"],
    ['{"user_id":"CANARY"', "is not JSON"],
    ["[]", "is not a JSON object"],
    ["null", "is not a JSON object"],
    ['"CANARY"', "is not a JSON object"],
    ['{"user_id":"a","CANARY":"x"}', "a key that is not known"],
    ['{"user_id":"a","__proto__":{"email":"CANARY"}}', "a key that is not known"],
    ['{"user_id":"a","user_id" : "CANARY"}', "a key twice"],
    ['{"user_id":7}', "user_id must be text"],
    ['{"user_id":null}', "user_id must be text"],
    ['{"email":["CANARY"]}', "email must be text"],
    ['{"backup_codes":"CANARY"}', "backup_codes must be a list"],
    ['{"backup_codes":[1]}', "backup_codes must be text"],
    ['{"last_accepted":"17"}', "last_accepted must be a whole number"],
    ['{"last_accepted":1.5}', "last_accepted must be a whole number"],
    ['{"consecutive_failures":1e300}', "consecutive_failures must be a whole number"],
  ])("a line of JSON: %s is refused", (line, problem) => {
    expect(refusal(() => decodeJsonLine(line))).toContain(problem);
  });
});

import { readFile } from "node:fs/promises";
import { Code } from "@connectrpc/connect";
import { ErrorReason } from "@countersign/protocol/countersign/mfa/v1/error_reason_pb.js";
import { expect, test } from "vitest";
import { MfaError, type Reason } from "../src/domain/errors.js";
import { toRpcError } from "../src/rpc/errors.js";

const PROTO = new URL("../../../proto/countersign/mfa/v1/error_reason.proto", import.meta.url);

/** Exactly the reasons of the contract, by the compiler. */
type Documented = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;
const SAME: [Reason] extends [Documented] ? ([Documented] extends [Reason] ? true : never) : never = true;

test("each reason goes out under the status code that the contract gives it", async () => {
  expect(SAME).toBe(true);
  const text = await readFile(PROTO, "utf8");
  const documented = [...text.matchAll(/((?: {2}\/\/.*\n)+) {2}ERROR_REASON_(\w+) = \d+;/g)].slice(1);
  expect(documented.length).toBe(Object.keys(ErrorReason).filter((name) => !/^\d/.test(name)).length - 1);
  for (const [, comment = "", name = ""] of documented) {
    const { code } = toRpcError(new MfaError(name as Reason, ""), "");
    const upperSnake = Code[code].replace(/(?<!^)[A-Z]/g, "_$&").toUpperCase();
    expect(comment, name).toMatch(new RegExp(`^ {2}// ${upperSnake}\\b`));
  }
});

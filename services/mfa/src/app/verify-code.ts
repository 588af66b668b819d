import type { Rejection } from "../domain/rejection.js";
import { type Accepted, type CodeInput, checkCode } from "./check-code.js";
import type { Deps } from "./deps.js";

/** Checks a code during a login. */
export function verifyCode(deps: Deps, input: CodeInput): Promise<Accepted | Rejection> {
  return checkCode(deps, input, { name: "verify_code", redeem: (proof) => deps.store.acceptCode(proof) });
}

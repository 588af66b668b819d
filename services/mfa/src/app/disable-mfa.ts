import type { Rejection } from "../domain/rejection.js";
import { type Accepted, type CodeInput, checkCode } from "./check-code.js";
import type { Deps } from "./deps.js";

/** Ends MFA for a user who gives a right code. */
export function disableMfa(deps: Deps, input: CodeInput): Promise<Accepted | Rejection> {
  return checkCode(deps, input, { name: "disable_mfa", redeem: (proof) => deps.store.disable(proof) });
}

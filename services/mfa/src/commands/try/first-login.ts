import { randomBytes } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { parseOtpauthUri } from "../../domain/factor/otpauth-uri.js";
import { type TotpKey, totpCode, totpStep } from "../../domain/factor/totp.js";
import { type Showing, showCall } from "./shown-call.js";

const { setupMfa, verifySetup, verifyCode } = MfaService.method;

/**
 * Enrols a new user and logs it in, as an integrator's first program does. Computes the codes as an authenticator app would. Throws if a call has an
 * unexpected answer.
 */
export async function showFirstLogin(showing: Showing, now: () => Date): Promise<void> {
  const userId = `try-${randomBytes(4).toString("hex")}`;
  const say = (sentence: string) => showing.print(`\n${sentence}`);
  const enter = async (code: string, expected: "approved" | "rejected") => {
    const { outcome } = await showCall(showing, verifyCode, { userId, code });
    requireOutcome("VerifyCode", expected, outcome.case);
  };

  say("1. Enrol a user. Only this answer has the secret for an authenticator app and the backup codes.");
  const { enrolment, backupCodes } = await showCall(showing, setupMfa, { userId, method: Method.TOTP });
  if (enrolment.case !== "totp") throw new Error("SetupMfa did not answer with a TOTP secret");
  const key = keyOf(enrolment.value.uri);
  const step = totpStep(now(), key.parameters);

  say("2. Confirm the enrolment with a code of the app. This program computes codes as the app does.");
  const { outcome } = await showCall(showing, verifySetup, { userId, code: totpCode(key, step) });
  requireOutcome("VerifySetup", "enabled", outcome.case);

  say(
    "3. Log in with the app's next code: the one that confirmed the enrolment is spent. Only `approved` lets the user in.",
  );
  const next = totpCode(key, step + 1n);
  await enter(next, "approved");

  say("4. Enter the same code again: each is accepted once. A rejection is an answer, not an error.");
  await enter(next, "rejected");

  say("5. Enter a wrong code. After too many the user is locked for a while.");
  await enter(wrongCode(key, step), "rejected");

  say("6. Log in with a backup code, as a user does who has lost the app.");
  await enter(backupCodes[0] ?? "", "approved");
}

function requireOutcome(rpc: string, expected: string, answered: string | undefined): void {
  if (answered !== expected)
    throw new Error(`${rpc} should have answered ${expected}, and answered ${answered ?? "nothing"}`);
}

/** The content of the QR code for an app. */
function keyOf(uri: string): TotpKey {
  const key = parseOtpauthUri(uri);
  if (!key.ok) throw new Error(`SetupMfa answered a key URI that ${key.problem}`);
  return key.value;
}

/** A code that is wrong in all accepted time steps. */
function wrongCode(key: TotpKey, step: bigint): string {
  const right = new Set([-2n, -1n, 0n, 1n, 2n, 3n].map((offset) => totpCode(key, step + offset)));
  const codes = Array.from("0123456789", (digit) => digit.repeat(key.parameters.digits));
  return codes.find((code) => !right.has(code)) ?? "";
}

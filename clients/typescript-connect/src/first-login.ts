// The shortest login: enrols a user, logs in and meets every answer. It prints what the user is shown, and logs the rest.
import { CountersignError, checkCode, checkSetup, createMfaClient, Method } from "@countersign/client";
import { generateSync } from "otplib";

const mfa = createMfaClient({ baseUrl: `http://${process.env.COUNTERSIGN_TARGET ?? "127.0.0.1:50051"}` });

async function login(userId: string, code: string): Promise<string> {
  try {
    const checked = await checkCode(mfa, { userId, code });
    if (checked.approved) return `Welcome. ${checked.approval.backupCodesRemaining} backup codes are left.`;
    console.error("refused:", checked.reason, checked.remainingAttempts);
    const { retryAfterMs } = checked;
    return `That code was not accepted.${retryAfterMs === undefined ? "" : " Please wait."}`;
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    console.error("failed:", error.reason, error.retryAfterMs, error.fields, error.requestId, error.helpUrl);
    return error.reason === "MFA_NOT_ENABLED" ? "Please log in again." : "Please try again later.";
  }
}

const [userId, now] = [`first-${Date.now()}`, Math.floor(Date.now() / 1_000)];
const { enrolment, backupCodes } = await mfa.setupMfa({ userId, method: Method.TOTP });
if (enrolment.case !== "totp") throw new Error("no authenticator app was enrolled");
const codeAt = (epoch: number) => generateSync({ secret: enrolment.value.secret, epoch });
const confirmed = await checkSetup(mfa, { userId, code: codeAt(now) });
if (!confirmed.accepted) throw new Error(`not confirmed: ${confirmed.reason}`);
const [code, wrong] = [codeAt(now + 30), codeAt(now - 3_600)];
for (const entered of [code, code, "12 34", wrong, wrong, wrong, ...backupCodes.slice(0, 1)])
  console.log(await login(userId, entered));
console.log(await login("nobody", code));

import { Method as MethodEnum } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import type {
  SendVerificationCodeRequest,
  SetupMfaRequest,
  VerifyCodeRequest,
  VerifySetupRequest,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { CallContext } from "@countersign/rpc-server";
import type { SendInput } from "../app/send-verification-code.js";
import type { SetupInput } from "../app/setup-mfa.js";
import type { VerifyInput } from "../app/verify-code.js";
import type { Actor } from "../domain/audit/audit-event.js";
import { type FactorMethod, loginScopeOf, type Method } from "../domain/factor/method.js";
import { checkFields } from "../domain/field-check.js";
import { type Parsed, parsed, problem } from "../domain/parsed.js";
import { parseUserId, type UserId } from "../domain/user-id.js";
import { type OneTimeCode, parseCode } from "../domain/verification/one-time-code.js";
import { actorOf, contextFields, NO_CONTEXT } from "./decode-actor.js";
import { decodeMethod } from "./method-enum.js";

const MAX_CHALLENGE_ID = 128;

/** Requests with a user and without a client context. */
export function decodeSubject(
  request: { readonly userId: string },
  call: CallContext,
): { readonly userId: UserId; readonly actor: Actor } {
  const { user_id: userId } = checkFields({ user_id: parseUserId(request.userId) });
  return { userId, actor: actorOf(call, NO_CONTEXT) };
}

export function decodeSetup(request: SetupMfaRequest, call: CallContext): SetupInput {
  const fields = checkFields({
    user_id: parseUserId(request.userId),
    method: parseFactorMethod(request.method),
    email: parseEmailField(request),
    phone_number: requireOnlyForMethod(request.phoneNumber, request.method === MethodEnum.SMS),
    account_name: parseAccountName(request.accountName),
    ...contextFields(request.context),
  });
  const { method, email, phone_number: phoneNumber, user_id: userId } = fields;
  const base = { userId, actor: actorOf(call, fields) };
  if (method === "totp") {
    return { ...base, method, accountName: fields.account_name, email: email === "" ? undefined : email };
  }
  return { ...base, method, written: method === "sms" ? phoneNumber : email, locale: request.locale };
}

export function decodeSend(request: SendVerificationCodeRequest, call: CallContext): SendInput {
  const fields = checkFields({
    user_id: parseUserId(request.userId),
    method: parseOptionalMethod(request.method),
    request_id: parseRequestId(request.requestId),
    ...contextFields(request.context),
  });
  return {
    userId: fields.user_id,
    ...(fields.method === undefined ? {} : { method: fields.method }),
    ...(fields.request_id === undefined ? {} : { requestId: fields.request_id }),
    locale: request.locale,
    timeLeftMs: call.timeLeftMs,
    actor: actorOf(call, fields),
  };
}

export function decodeVerifySetup(
  request: VerifySetupRequest,
  call: CallContext,
): { readonly userId: UserId; readonly digits: string; readonly actor: Actor } {
  const fields = checkFields({
    user_id: parseUserId(request.userId),
    code: parseDigits(request.code),
    ...contextFields(request.context),
  });
  return { userId: fields.user_id, digits: fields.code, actor: actorOf(call, fields) };
}

/** VerifyCode, DisableMfa and RegenerateBackupCodes: a code, and perhaps the method and the challenge that it belongs to. */
export function decodeCode(
  request: Pick<VerifyCodeRequest, "userId" | "code" | "context"> & {
    readonly method?: MethodEnum | undefined;
    readonly challengeId?: string;
    readonly requestId?: string;
  },
  call: CallContext,
): VerifyInput {
  const method = parseOptionalMethod(request.method);
  const code = requireCodeFormat(parseCode(request.code), method);
  const fields = checkFields({
    user_id: parseUserId(request.userId),
    code,
    method,
    challenge_id: parseChallengeId(request.challengeId ?? "", code),
    request_id: parseRequestId(request.requestId ?? ""),
    ...contextFields(request.context),
  });
  return {
    userId: fields.user_id,
    code: fields.code,
    method: fields.method,
    challengeId: fields.challenge_id,
    requestId: fields.request_id,
    timeLeftMs: call.timeLeftMs,
    actor: actorOf(call, fields),
  };
}

function parseChallengeId(input: string, code: Parsed<OneTimeCode>): Parsed<string | undefined> {
  if (input === "") return parsed(undefined);
  if (input.length > MAX_CHALLENGE_ID) return problem(`must be at most ${MAX_CHALLENGE_ID} characters`);
  return code.ok && code.value.shape === "backup"
    ? problem("does not belong to a backup code")
    : parsed(input);
}

function parseRequestId(input: string): Parsed<string | undefined> {
  if (input === "") return parsed(undefined);
  return /^[\x21-\x7e]{1,128}$/.test(input)
    ? parsed(input)
    : problem("must be 1 to 128 printable ASCII characters without blanks");
}

function parseFactorMethod(value: MethodEnum): Parsed<FactorMethod> {
  const method = parseOptionalMethod(value);
  if (!method.ok) return method;
  if (method.value === undefined) return problem("is required");
  if (method.value === "backup_code")
    return problem("cannot be enrolled by itself: backup codes come with every method");
  return parsed(method.value);
}

function parseOptionalMethod(value: MethodEnum | undefined): Parsed<Method | undefined> {
  if (value === undefined || value === MethodEnum.UNSPECIFIED) return parsed(undefined);
  const method = decodeMethod(value);
  return method === undefined ? problem("is not a known method") : parsed(method);
}

function parseDigits(input: string): Parsed<string> {
  const code = parseCode(input);
  if (!code.ok) return code;
  return code.value.shape === "digits" ? parsed(code.value.digits) : problem("must be 6 or 8 digits");
}

function requireCodeFormat(
  code: Parsed<OneTimeCode>,
  method: Parsed<Method | undefined>,
): Parsed<OneTimeCode> {
  if (!code.ok || !method.ok || method.value === undefined) return code;
  const shape = loginScopeOf(method.value) === "backup" ? "backup" : "digits";
  return code.value.shape === shape ? code : problem("does not have the form of this method's codes");
}

/** A colon would split the label of the key URI; invisible characters could display another name than the stored one. */
function parseAccountName(input: string): Parsed<string | undefined> {
  if (input === "") return parsed(undefined);
  return /^[^\p{C}\p{Zl}\p{Zp}:]{1,128}$/u.test(input)
    ? parsed(input)
    : problem("must be at most 128 characters without colon and control characters");
}

/** Required for e-mail; for TOTP an address for notices. Its form is checked with that of all destinations. */
function parseEmailField({ email, method }: SetupMfaRequest): Parsed<string> {
  return method === MethodEnum.TOTP
    ? parsed(email)
    : requireOnlyForMethod(email, method === MethodEnum.EMAIL);
}

function requireOnlyForMethod(value: string, belongs: boolean): Parsed<string> {
  if (belongs) return value === "" ? problem("is required") : parsed(value);
  return value === "" ? parsed(value) : problem("does not belong to this method");
}

import { checkCode, Method, type MfaClient, reasonOf } from "@countersign/client";
import type { Request, RequestHandler } from "express";

declare module "express-session" {
  interface SessionData {
    /** Gave a right password and no second factor yet: may do nothing but give a code. */
    passwordGivenBy: string;
    userId: string;
  }
}

export interface LoginOptions {
  readonly mfa: MfaClient;
  /** The user's id, where name and password are right. */
  readonly checkPassword: (name: string, password: string) => Promise<string | undefined>;
}

/** The first step. Who needs no second factor is logged in by it. */
export function givePassword({ mfa, checkPassword }: LoginOptions): RequestHandler {
  return async (request, response) => {
    const { name, password } = formOf(request);
    const userId = await checkPassword(String(name), String(password));
    if (userId === undefined) {
      response.status(401).json({ message: "Wrong name or password." });
      return;
    }
    const { required, enrolled } = await mfa.isMfaRequired({ userId });
    await renewSession(request);
    if (!required) {
      request.session.userId = userId;
      response.json({ next: "welcome" });
    } else if (!enrolled) {
      // A page that enrols must ask for more than a password: a link sent to the address on file, say.
      response.status(403).json({ next: "enrol" });
    } else {
      request.session.passwordGivenBy = userId;
      response.json({ next: "code", sentTo: await sendCode(mfa, userId) });
    }
  };
}

/** The second step. Only an approval logs in. */
export function giveCode({ mfa }: LoginOptions): RequestHandler {
  return async (request, response) => {
    const userId = request.session.passwordGivenBy;
    if (userId === undefined) {
      response.status(401).json({ message: "Log in first." });
      return;
    }
    const { code } = formOf(request);
    const context = { ipAddress: request.ip ?? "", userAgent: request.get("user-agent") ?? "" };
    const checked = await checkCode(mfa, { userId, code: String(code), context });
    if (checked.approved) {
      await renewSession(request);
      request.session.userId = userId;
      response.json({ next: "welcome" });
    } else if (checked.reason === "INVALID_FIELD") {
      response.status(400).json({ message: "Please check what you entered." }); // no code at all
    } else {
      // The same words whatever the reason: "replayed" would tell a thief that the code was right.
      response.status(401).json({ message: "That code was not accepted.", waitMs: checked.retryAfterMs });
    }
  };
}

/** Where a code was sent, masked. Undefined where none was: the user has an authenticator app, or a code that came a moment ago. */
async function sendCode(mfa: MfaClient, userId: string): Promise<string | undefined> {
  const { method } = await mfa.getMfaStatus({ userId });
  if (method !== Method.SMS && method !== Method.EMAIL) return undefined;
  try {
    return (await mfa.sendVerificationCode({ userId })).challenge?.maskedDestination;
  } catch (error) {
    if (reasonOf(error) === "SEND_RATE_LIMITED") return undefined;
    throw error;
  }
}

/** What was posted; nothing where that was no JSON object. */
function formOf(request: Request): Record<string, unknown> {
  const body: unknown = request.body;
  return typeof body === "object" && body !== null ? { ...body } : {};
}

/** A new id at each step up: one that was planted before the login is worth nothing after it. */
function renewSession(request: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.regenerate((error: unknown) => {
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });
}

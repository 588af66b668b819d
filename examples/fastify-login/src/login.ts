import { checkCode, Method, type MfaClient, reasonOf } from "@countersign/client";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface Session {
    /** Gave a right password and no second factor yet: may do nothing but give a code. */
    passwordGivenBy?: string;
    userId?: string;
  }
}

export interface LoginOptions {
  readonly mfa: MfaClient;
  /** The user's id, where name and password are right. */
  readonly checkPassword: (name: string, password: string) => Promise<string | undefined>;
}

/** Two steps; only an approval logs in who needs a second factor. */
export function addLogin(app: FastifyInstance, { mfa, checkPassword }: LoginOptions): void {
  const passwordForm = { schema: { body: formOf("name", "password") } };
  app.post<{ Body: { name: string; password: string } }>("/login", passwordForm, async (request, reply) => {
    const userId = await checkPassword(request.body.name, request.body.password);
    if (userId === undefined) return reply.code(401).send({ message: "Wrong name or password." });
    const { required, enrolled } = await mfa.isMfaRequired({ userId });
    // A new id at each step up: one that was planted before the login is worth nothing after it.
    await request.session.regenerate();
    if (!required) {
      request.session.userId = userId;
      return { next: "welcome" };
    }
    // A page that enrols must ask for more than a password: a link sent to the address on file, say.
    if (!enrolled) return reply.code(403).send({ next: "enrol" });
    request.session.passwordGivenBy = userId;
    return { next: "code", sentTo: await sendCode(mfa, userId) };
  });

  app.post<{ Body: { code: string } }>(
    "/login/code",
    { schema: { body: formOf("code") } },
    async (request, reply) => {
      const userId = request.session.passwordGivenBy;
      if (userId === undefined) return reply.code(401).send({ message: "Log in first." });
      const context = { ipAddress: request.ip, userAgent: request.headers["user-agent"] ?? "" };
      const checked = await checkCode(mfa, { userId, code: request.body.code, context });
      if (checked.approved) {
        await request.session.regenerate();
        request.session.userId = userId;
        return { next: "welcome" };
      }
      // What was typed is no code at all.
      if (checked.reason === "INVALID_FIELD")
        return reply.code(400).send({ message: "Please check what you entered." });
      // The same words whatever the reason: "replayed" would tell a thief that the code was right.
      return reply.code(401).send({ message: "That code was not accepted.", waitMs: checked.retryAfterMs });
    },
  );
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

/** A JSON object of these strings. */
function formOf(...names: readonly string[]) {
  const properties = Object.fromEntries(names.map((name) => [name, { type: "string", maxLength: 200 }]));
  return { type: "object", required: names, properties };
}

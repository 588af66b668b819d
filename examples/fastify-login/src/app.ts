import { reasonOf } from "@countersign/client";
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { addLogin, type LoginOptions } from "./login.js";

/** A login with a second factor: POST /login, then POST /login/code where one is asked for. */
export function createApp(options: LoginOptions & { readonly sessionSecret: string }): FastifyInstance {
  const app = fastify({ bodyLimit: 10_000 });
  app.register(cookie);
  app.register(session, {
    secret: options.sessionSecret,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: "strict", secure: "auto" },
  });
  addLogin(app, options);
  app.get("/me", tellUser);
  app.setErrorHandler(refuse);
  return app;
}

async function tellUser({ session: { userId } }: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return userId === undefined ? reply.code(401).send({ message: "Log in first." }) : { userId };
}

/** No error lets anybody in, and the browser is told none: the reason is for the log. */
async function refuse(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const reason = reasonOf(error);
  if (reason === "INVALID_FIELD" || (error.statusCode !== undefined && error.statusCode < 500)) {
    return reply.code(400).send({ message: "Please check what you entered." });
  }
  console.error("no second factor was checked:", reason ?? error);
  return reply.code(503).send({ message: "Logging in does not work just now. Please try again." });
}

import { reasonOf } from "@countersign/client";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import session from "express-session";
import { giveCode, givePassword, type LoginOptions } from "./login.js";

/** A login with a second factor: POST /login, then POST /login/code where one is asked for. */
export function createApp(options: LoginOptions & { readonly sessionSecret: string }): Express {
  const app = express();
  app.use(express.json({ limit: "10kb" }));
  app.use(
    session({
      secret: options.sessionSecret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: "strict", secure: "auto" },
    }),
  );
  app.post("/login", givePassword(options));
  app.post("/login/code", giveCode(options));
  app.get("/me", tellUser);
  app.use(refuse);
  return app;
}

const tellUser: RequestHandler = ({ session: { userId } }, response) => {
  if (userId === undefined) response.status(401).json({ message: "Log in first." });
  else response.json({ userId });
};

/** No error lets anybody in, and the browser is told none: the reason is for the log. */
const refuse: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const reason = reasonOf(error);
  // A SyntaxError is a body that is no JSON.
  if (reason === "INVALID_FIELD" || error instanceof SyntaxError) {
    response.status(400).json({ message: "Please check what you entered." });
    return;
  }
  console.error("no second factor was checked:", reason ?? error);
  response.status(503).json({ message: "Logging in does not work just now. Please try again." });
};

import { createSettingsReader, type Environment } from "@countersign/settings";
import { readDeliveryConfig } from "./delivery-config.js";

/** Valid settings of each provider, for tests to vary. */
export const SECRET = "0123456789abcdef0123456789abcdef";
export const TWILIO = {
  TWILIO_ACCOUNT_SID: "AC0123",
  TWILIO_AUTH_TOKEN: "token-of-twilio",
  TWILIO_FROM: "+12015550100",
};
export const SMTP = {
  SMTP_URL: "smtp://mailer:p%40ss@mail.example.com",
  SMTP_FROM: "Acme <no-reply@Example.com>",
};
export const WEBHOOK = { SMS_WEBHOOK_URL: "https://hooks.example.com/sms", SMS_WEBHOOK_SECRET: SECRET };

const FILES: Readonly<Record<string, string>> = {
  "/run/token": "token-of-twilio\n",
  "/run/two-lines": "a\nb\n",
};

function readFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw new Error(`ENOENT ${path}`);
  return text;
}

function read(env: Environment, development: boolean) {
  const reader = createSettingsReader(env, { readFile, production: !development });
  const config = readDeliveryConfig(reader, development);
  const problems = reader.problems().map((line) => {
    const [, name = "", problem = ""] = /^(\S+) (.*)$/s.exec(line) ?? [];
    return { name, problem };
  });
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}

export const inProduction = (env: Environment) => read(env, false);

export const inDevelopment = (env: Environment) => read(env, true);

import { readDeliveryConfig } from "./delivery-config.js";
import type { Environment } from "./settings.js";

/** Sound settings of each provider, for tests to take parts of or to spoil. */
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

export function inProduction(env: Environment) {
  return readDeliveryConfig(env, { development: false, readFile });
}

export function inDevelopment(env: Environment) {
  return readDeliveryConfig(env, { development: true, readFile });
}

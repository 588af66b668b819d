import { randomBytes } from "node:crypto";
import { freePort } from "@countersign/mfa/backing/free-port";
import { createAuthority } from "@countersign/mfa/test/certificate-authority";
import type { ScratchFolder } from "@countersign/mfa/test/scratch-folder";
import type { Closer } from "@countersign/mfa/testing/set-up";
import { callerEnvironment, keepToken } from "./caller.js";
import type { Configuration, ConfigurationName } from "./provided.js";
import { startService } from "./service-process.js";

interface Ground {
  readonly folder: ScratchFolder;
  readonly stores: { readonly databaseUrl: string; readonly redisUrl: string };
  readonly closer: Closer;
}

/** All client programs are one caller, and tell their stories within a minute. */
const COMMON = {
  PORT: "0",
  MFA_ALLOWED_METHODS: "totp,sms",
  RATE_LIMIT_API_REQUESTS_PER_MINUTE: "100000",
  RATE_LIMIT_DEFAULT_REQUESTS_PER_MINUTE: "100000",
  LOG_LEVEL: "error",
  // On a machine that builds other programs meanwhile.
  DB_TIMEOUT_MS: "30000",
  REDIS_TIMEOUT_MS: "30000",
};

/** Starts the service three ways: embedded as `npm start` does, with TLS, and with all that shows who calls. */
export async function startConfigurations(ground: Ground): Promise<Record<ConfigurationName, Configuration>> {
  const { folder, stores } = ground;
  const authority = createAuthority();
  const server = authority.issue("DNS:localhost,IP:127.0.0.1");
  const login = authority.issue("DNS:login.internal");
  const caFile = await folder.put("ca.pem", authority.cert);
  const tls = {
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    TLS_CERT_FILE: await folder.put("server.pem", server.cert),
    TLS_KEY_FILE: await folder.put("server-key.pem", server.key),
  };
  const { tokenFile, secret } = await keepToken(ground);
  const mutual = { ...tls, TLS_CLIENT_CA_FILE: caFile, ...(await callerEnvironment(folder, secret)) };
  const shown = {
    caFile,
    certFile: await folder.put("login.pem", login.cert),
    keyFile: await folder.put("login-key.pem", login.key),
    tokenFile,
  };
  const [plaintext, overTls, known] = await Promise.all([
    start(ground, { DATA_DIR: folder.at("embedded") }, {}),
    start(ground, tls, { caFile }),
    start(ground, mutual, shown),
  ]);
  return { plaintext, TLS: overTls, "mTLS and token": known };
}

async function start(
  { closer }: Ground,
  environment: Readonly<Record<string, string>>,
  client: Omit<Configuration, "target" | "outbox">,
): Promise<Configuration> {
  const adminPort = await freePort();
  const service = closer.own(startService({ ...COMMON, ADMIN_PORT: String(adminPort), ...environment }));
  const target = await service.servesOn();
  return { ...client, target, outbox: `http://127.0.0.1:${adminPort}/outbox` };
}

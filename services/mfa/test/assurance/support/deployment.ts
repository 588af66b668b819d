import { CALLER_ROLES } from "../../../src/callers/caller-roles.js";
import { freePort } from "../../support/backing/free-port.js";
import { AUDIENCE, ISSUER, sharedSecret, token } from "../../support/caller/caller-tokens.js";
import { MAIN } from "../../support/command.js";
import { createScratchFolder } from "../../support/scratch-folder.js";
import { startTestService, type TestService } from "../../support/service.js";
import { Instance } from "./instance.js";

/** What the image gives Node in the 384 Mi of k8s/base/deployment.yaml: 40 % of them, as Node 20 has to be told it. */
const IMAGE_HEAP = ["--max-old-space-size=154", "--max-semi-space-size=16"];

/** The callers of the callers file. Nothing is permitted to one that is not listed. */
export const CALLERS = {
  login: ["verify", "enrol", "disable", "status"],
  everything: [...Object.keys(CALLER_ROLES), "grpc.reflection.v1.ServerReflection"],
} as const;

export type CallerId = keyof typeof CALLERS;

/** The compiled service as processes of its own, on the Postgres and Redis of the test run, with callers that must authenticate. */
export interface Deployment extends AsyncDisposable {
  /** A copy of the service within the test, on the same stores: to enrol users at no cost and to look at what is stored. */
  readonly service: TestService;
  /** Starts a replica within the image's heap. `env` comes last, to send it through a proxy for example. */
  start(env?: Readonly<Record<string, string>>): Promise<Instance>;
  /** An `authorization` header that holds for the next minutes. */
  authorization(caller: CallerId): Promise<string>;
}

/** A minute of a token's life is kept for the call that carries it. */
const TOKEN_LIFE_S = 240;

export async function startDeployment(): Promise<Deployment> {
  const service = await startTestService({
    overrides: { now: () => new Date(), backupCodeLogN: 10 },
  });
  const folder = await createScratchFolder();
  const { key, secret } = sharedSecret();
  const callers = Object.entries(CALLERS).map(([id, permissions]) => ({
    id,
    jwt_subjects: [id],
    permissions,
  }));
  await folder.put("callers.json", JSON.stringify({ callers }));
  const tokens = new Map<CallerId, { readonly value: string; readonly renewAt: number }>();
  return {
    service,
    start: (env) =>
      startInstance({
        ...environment(service),
        CALLERS_FILE: folder.at("callers.json"),
        CALLER_JWT_ISSUER: ISSUER,
        CALLER_JWT_AUDIENCE: AUDIENCE,
        JWT_SECRET: secret,
        ...env,
      }),
    async authorization(caller) {
      const kept = tokens.get(caller);
      if (kept !== undefined && kept.renewAt > Date.now()) return kept.value;
      const now = Date.now();
      const exp = Math.floor(now / 1_000) + TOKEN_LIFE_S;
      const value = `Bearer ${await token(key, { ms: now }, { sub: caller, exp })}`;
      tokens.set(caller, { value, renewAt: now + (TOKEN_LIFE_S * 1_000) / 2 });
      return value;
    },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The stores and keys of the copy within the test. */
function environment({ config }: TestService): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    ENVIRONMENT: "test",
    DATABASE_URL: config.stores!.database.url,
    REDIS_URL: config.stores!.redis.url,
    REDIS_KEY_PREFIX: config.redisKeyPrefix,
    ENCRYPTION_KEY: config.encryptionKey!,
    RATE_LIMIT_ENABLED: "false",
    NOTICES: "none",
  };
}

async function startInstance(env: Readonly<Record<string, string>>): Promise<Instance> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const instance = await Instance.spawn({
    command: [process.execPath, ...IMAGE_HEAP, MAIN, "serve"],
    env: { PORT: String(port), ADMIN_PORT: String(adminPort), ...env },
    port,
    adminPort,
  });
  await instance.ready();
  return instance;
}

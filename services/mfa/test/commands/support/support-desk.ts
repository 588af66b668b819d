import { createClient } from "@connectrpc/connect";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { runProgram } from "../../../src/commands/command-line/run-program.js";
import { COMMANDS } from "../../../src/commands/commands.js";
import type { Overrides } from "../../../src/compose/overrides.js";
import type { ServiceConfig } from "../../../src/config/service-config.js";
import { sharedSecret, token } from "../../support/caller/caller-tokens.js";
import { createAuthority } from "../../support/caller/certificate-authority.js";
import {
  type CallerEntry,
  type ListedService,
  startWithCallers,
  transportOf,
} from "../../support/caller/listed-callers.js";
import { createTestProgram } from "../../support/program-context.js";
import type { MfaClient } from "../../support/service.js";

const CALLERS: readonly CallerEntry[] = [
  { id: "web", jwt_subjects: ["web"], permissions: ["verify", "enrol", "disable", "status"] },
  { id: "desk", jwt_subjects: ["desk"], permissions: ["status", "auditor", "support", "erasure"] },
  { id: "front-desk", certificate_names: ["DNS:front-desk.internal"], permissions: ["status"] },
];

/** How commands reach the service. */
export type Way = "the stores" | "a token" | "a certificate";

export interface Ran {
  readonly exitCode: number;
  readonly printed: string;
  readonly noted: string;
}

/** A service with a login front end and two support desks as its callers, over TLS. */
export interface SupportDesk extends AsyncDisposable {
  readonly listed: ListedService;
  /** The front end's client. */
  web(): Promise<MfaClient>;
  /** Flags that lead a command to the service this way. */
  flags(way: Way): Promise<readonly string[]>;
  /** The environment of `serve`, for a command in a process of its own. */
  environment(): Readonly<Record<string, string>>;
  /** Runs a command in this process. `config` changes what it reads of the stores' service. */
  run(way: Way, args: readonly string[], config?: Partial<ServiceConfig>): Promise<Ran>;
}

export async function startSupportDesk(overrides: Overrides = {}): Promise<SupportDesk> {
  const authority = createAuthority();
  const { key, bearer } = sharedSecret();
  const listed = await startWithCallers({
    callers: CALLERS,
    bearer: () => bearer,
    tls: async (folder) => {
      const server = authority.issue("DNS:localhost,IP:127.0.0.1");
      return {
        certFile: await folder.put("tls.crt", server.cert),
        keyFile: await folder.put("tls.key", server.key),
        clientCa: { file: await folder.put("ca.crt", authority.cert), auth: "request" },
      };
    },
    overrides,
  });
  const { service, folder } = listed;
  const desk = authority.issue("DNS:front-desk.internal");
  await folder.put("desk.crt", desk.cert);
  await folder.put("desk.key", desk.key);
  const tokenOf = (sub: string) => token(key, service.clock, { sub });

  async function flags(way: Way): Promise<readonly string[]> {
    if (way === "the stores") return [];
    const url = ["--url", service.url.replace("http:", "https:"), "--ca", folder.at("ca.crt")];
    if (way === "a certificate")
      return [...url, "--cert", folder.at("desk.crt"), "--key", folder.at("desk.key")];
    return [...url, "--token-file", await folder.put("token", `${await tokenOf("desk")}\n`)];
  }

  return {
    listed,
    flags,
    web: async () => {
      const headers = { authorization: `Bearer ${await tokenOf("web")}` };
      return createClient(MfaService, transportOf(service, { headers, tls: { ca: authority.cert } }));
    },
    environment() {
      const { stores, redisKeyPrefix, encryptionKey } = service.config;
      return {
        ENVIRONMENT: "test",
        DATABASE_URL: stores!.database.url,
        REDIS_URL: stores!.redis.url,
        REDIS_KEY_PREFIX: redisKeyPrefix,
        ENCRYPTION_KEY: encryptionKey!,
      };
    },
    async run(way, args, config = {}) {
      const configs = { service: () => Promise.resolve({ ...service.config, ...config }) };
      const { context, printed, noted } = createTestProgram(configs, { now: service.clock.now });
      const exitCode = await runProgram(COMMANDS, [...args, ...(await flags(way))], context);
      return { exitCode, printed: printed(), noted: noted() };
    },
    [Symbol.asyncDispose]: () => listed[Symbol.asyncDispose](),
  };
}

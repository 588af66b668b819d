import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { readSettingFile } from "@countersign/security-config";
import { loadServiceConfig } from "../../../src/config/service-config.js";
import { startServer } from "../../../src/server.js";
import { ISSUER, sharedSecret, token } from "../../support/caller/caller-tokens.js";
import { createScratchFolder } from "../../support/scratch-folder.js";

const CALLERS = [
  { id: "login", jwt_subjects: ["login"], permissions: ["verify", "enrol", "status", "support"] },
];

/** A service of development with the test kit, configured by its environment, and a caller whose tokens are made by real time. */
export async function startKitService() {
  const folder = await createScratchFolder();
  const { secret, key } = sharedSecret();
  const env = {
    TEST_KIT: "true",
    PORT: "0",
    ADMIN_PORT: "0",
    LOG_LEVEL: "silent",
    CALLERS_FILE: await folder.put("callers.json", JSON.stringify({ callers: CALLERS })),
    CALLER_JWT_ISSUER: ISSUER,
    JWT_SECRET: secret,
    // So many wrong and right codes of one user are checked in no time that is real.
    RATE_LIMIT_LOGIN_ATTEMPTS_PER_MINUTE: "1000",
  };
  const loaded = loadServiceConfig(env, readSettingFile);
  if (!loaded.ok) throw new Error(loaded.problems.join("; "));
  // A cheap slow hash: what is tested is what surrounds it.
  const server = await startServer(loaded.config, { backupCodeLogN: 10 });
  const adminUrl = `http://127.0.0.1:${server.adminAddress.port}`;
  const asCaller: Interceptor = (next) => async (call) => {
    call.header.set("authorization", `Bearer ${await token(key, { ms: Date.now() })}`);
    return next(call);
  };
  const transport = createGrpcTransport({
    baseUrl: `http://127.0.0.1:${server.address.port}`,
    interceptors: [asCaller],
  });
  const client = createClient(MfaService, transport);

  /** Posts JSON to a page of the kit. */
  const post = (page: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${adminUrl}/test-kit/${page}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  const advance = async (seconds: number): Promise<Date> => {
    const answer = await post("clock", { advanceSeconds: seconds });
    return new Date(((await answer.json()) as { now: string }).now);
  };

  /** What the app shows now that was given this key URI. */
  const codeOf = async (uri: string): Promise<string> => {
    const answer = await post("authenticator", { uri });
    return ((await answer.json()) as { code: string }).code;
  };

  return {
    adminUrl,
    client,
    admin: createClient(MfaAdminService, transport),
    post,
    advance,
    codeOf,

    /** A fresh user with the key URI that its app was given; the app's next code is unused. */
    async enrol(userId: string): Promise<{ readonly uri: string; readonly backupCodes: readonly string[] }> {
      const { enrolment, backupCodes } = await client.setupMfa({ userId, method: Method.TOTP });
      if (enrolment.case !== "totp") throw new Error("no TOTP enrolment");
      const { uri } = enrolment.value;
      const { outcome } = await client.verifySetup({ userId, code: await codeOf(uri) });
      if (outcome.case !== "enabled") throw new Error("not enrolled");
      await advance(30);
      return { uri, backupCodes };
    },

    /** The newest code in the outbox for this address. */
    async sentCode(email: string): Promise<string> {
      const answer = await fetch(`${adminUrl}/outbox`);
      const { messages } = (await answer.json()) as { messages: { to: string; text: string }[] };
      const codes = messages
        .filter(({ to }) => to === email)
        .map(({ text }) => /(?<![0-9])[0-9]{6}(?![0-9])/.exec(text)?.[0]);
      return codes.find((code) => code !== undefined) ?? "";
    },

    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export type KitService = Awaited<ReturnType<typeof startKitService>>;

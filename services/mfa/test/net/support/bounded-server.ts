import type { ConnectionLimits, ListenerObserver } from "@countersign/rpc-server";
import { startTestServer } from "./test-server.js";

export const STATUS = "/countersign.mfa.v1.MfaService/GetMfaStatus";
export const CHECK = "/grpc.health.v1.Health/Check";
/** What names a caller to the server below. */
export const LOGIN = { authorization: "Bearer login" };

type Options = NonNullable<Parameters<typeof startTestServer>[0]>;

/** A server with the limits given, which knows one caller and remembers what it refused. */
export async function startBoundedServer(limits: Partial<ConnectionLimits>, options: Options = {}) {
  const refused: string[] = [];
  const observer: ListenerObserver = {
    connectionEnded: (reason) => refused.push(reason),
    streamRefused: (reason) => refused.push(reason),
  };
  const server = await startTestServer({
    ...options,
    pipeline: {
      authenticate: ({ header }) =>
        header("authorization") === LOGIN.authorization ? { id: "login" } : undefined,
      ...options.pipeline,
    },
    listener: { limits, observer },
  });
  return { ...server, refused };
}

import { AUDIENCE, ISSUER, sharedSecret, token } from "@countersign/mfa/test/caller-tokens";
import type { ScratchFolder } from "@countersign/mfa/test/scratch-folder";
import type { Closer } from "@countersign/mfa/testing/set-up";

const RENEWAL_MS = 20_000;

/** A file with a token of one minute, renewed as whoever hands out tokens does. */
export async function keepToken({
  folder,
  closer,
}: {
  readonly folder: ScratchFolder;
  readonly closer: Closer;
}): Promise<{ readonly tokenFile: string; readonly secret: string }> {
  const { key, secret } = sharedSecret();
  const renew = async () => folder.put("token", await token(key, { ms: Date.now() }));
  const tokenFile = await renew();
  const renewal = setInterval(() => void renew(), RENEWAL_MS);
  closer.own({
    [Symbol.asyncDispose]: () => {
      clearInterval(renewal);
      return Promise.resolve();
    },
  });
  return { tokenFile, secret };
}

/** The service's settings under which the holder of that token, or of a certificate for `login.internal`, may log users in. */
export async function callerEnvironment(
  folder: ScratchFolder,
  secret: string,
): Promise<Readonly<Record<string, string>>> {
  const login = {
    id: "login",
    jwt_subjects: ["login"],
    certificate_names: ["DNS:login.internal"],
    permissions: ["verify", "enrol", "status", "grpc.reflection.v1.ServerReflection"],
    requests_per_minute: 100_000,
  };
  return {
    CALLERS_FILE: await folder.put("callers.json", JSON.stringify({ callers: [login] })),
    CALLER_JWT_ISSUER: ISSUER,
    CALLER_JWT_AUDIENCE: AUDIENCE,
    JWT_SECRET: secret,
  };
}

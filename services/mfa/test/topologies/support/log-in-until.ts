import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { MfaClient } from "../../support/service.js";
import type { Code } from "./right-codes.js";

/**
 * Logs in every few moments until `over`, while there are more than `keep` codes, which it takes out of `codes`; answers how many were
 * approved. Rejects with the first that was not, and as `over` does.
 */
export async function logInUntil(
  { client }: { readonly client: MfaClient },
  codes: Code[],
  over: Promise<unknown>,
  { keep = 0 }: { readonly keep?: number } = {},
): Promise<number> {
  const state = { running: true };
  const ended = over.finally(() => (state.running = false));
  ended.catch(() => undefined);
  const logins: Promise<void>[] = [];
  while (state.running) {
    const code = codes.length > keep ? codes.shift() : undefined;
    if (code !== undefined) {
      const login = client.verifyCode(code).then(({ outcome }) => expect(outcome.case).toBe("approved"));
      login.catch(() => undefined);
      logins.push(login);
    }
    await delay(40);
  }
  await ended;
  await Promise.all(logins);
  return logins.length;
}

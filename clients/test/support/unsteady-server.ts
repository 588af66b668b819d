import { MfaError, startTestServer, type TestServer } from "@countersign/mfa/test/test-server";

const FAILURES = 2;

/** The service's own listener and errors over a handler that has lost its store for the first two calls about each user. */
export function startUnsteadyServer(): Promise<TestServer> {
  const failures = new Map<string, number>();
  return startTestServer({
    getMfaStatus: ({ userId }) => {
      const failed = failures.get(userId) ?? 0;
      if (failed === FAILURES) return Promise.resolve({ enabled: true });
      failures.set(userId, failed + 1);
      return Promise.reject(
        new MfaError("STORE_UNAVAILABLE", "a store is unavailable", { retryAfterMs: 100 }),
      );
    },
  });
}

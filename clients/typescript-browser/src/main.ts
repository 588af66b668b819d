// A page in a browser that asks over gRPC-Web whether a user has to pass MFA. Codes are checked by the backend, never by a page.
import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { fetchOf } from "./browser.js";
import { openClient, reasonOf } from "./page.js";

const baseUrl = `http://${process.env.COUNTERSIGN_TARGET || "127.0.0.1:50051"}`;
/** One that the default policy lists. */
const page = openClient(baseUrl, fetchOf("http://localhost:5173"));
const userId = `page-${randomUUID()}`;

const steps: Record<string, () => Promise<unknown>> = {
  async "gRPC-Web call"() {
    const { required, enrolled } = await page.isMfaRequired({ userId });
    expect(!required && !enrolled, { required, enrolled });
  },
  async "error details"() {
    const error = await errorOf(page.sendVerificationCode({ userId }));
    expect(reasonOf(error) === "MFA_NOT_CONFIGURED", error);
  },
  async "oversized request"() {
    for (const size of [100_000, 400_000, 2_000_000]) {
      const error = await errorOf(page.isMfaRequired({ userId: "x".repeat(size) }));
      expect(error.code === Code.ResourceExhausted && reasonOf(error) === "MESSAGE_TOO_LARGE", error);
    }
  },
  async "other origin"() {
    const stranger = openClient(baseUrl, fetchOf("https://evil.example.com"));
    const error = await errorOf(stranger.isMfaRequired({ userId }));
    expect(error.code === Code.Unknown && /Failed to fetch/.test(error.message), error);
  },
};

for (const [name, tell] of Object.entries(steps)) {
  await tell();
  console.log(`ok ${name}`);
}

function expect(ok: boolean, met: unknown): void {
  if (!ok) throw new Error("unexpected", { cause: met });
}

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  const met = await call.then(
    (answer) => new Error("unexpected", { cause: answer }),
    (error: unknown) => ConnectError.from(error),
  );
  if (met instanceof ConnectError) return met;
  throw met;
}

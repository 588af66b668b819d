import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect, test } from "vitest";
import { createCertificate } from "../support/caller/certificate.js";
import { servedUrl } from "../support/command.js";
import { createTestDatabase } from "../support/stores/database.js";
import { createTestRedis } from "../support/stores/redis.js";
import { SmtpRelay } from "./smtp-relay.js";

/** The compiled program, as operators run it. */
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

test("with SMTP_URL set the program sends to that relay, and keeps only the other channel in the outbox", async () => {
  await using relay = new SmtpRelay(createCertificate(), { authOptional: true });
  const relayPort = await relay.listen();
  await using database = await createTestDatabase();
  await using redis = createTestRedis();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      ADMIN_PORT: "0",
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REDIS_KEY_PREFIX: redis.keyPrefix,
      ENCRYPTION_KEY: randomBytes(32).toString("base64"),
      SMTP_URL: `smtp://127.0.0.1:${relayPort}`,
      SMTP_FROM: "Acme <no-reply@acme.example>",
      SMTP_TLS: "off",
    },
  });
  try {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    }
    await expect.poll(() => servedUrl(output)).toBeDefined();
    expect(output).toContain('"outbox_channels":["sms"]');
    const baseUrl = servedUrl(output)!;
    const client = createClient(MfaService, createGrpcTransport({ baseUrl }));
    const codes = () => relay.received.flatMap(({ raw }) => /^ {4}([0-9]{6})\r?$/m.exec(raw)?.[1] ?? []);
    const received = () => codes().at(-1)!;
    const userId = "erin";
    await client.setupMfa({ userId, method: Method.EMAIL, email: "erin@example.com" });
    expect((await client.verifySetup({ userId, code: received() })).outcome.case).toBe("enabled");
    await client.sendVerificationCode({ userId });
    expect((await client.verifyCode({ userId, code: received() })).outcome.case).toBe("approved");
    expect(codes()).toHaveLength(2);
    // Beside the codes: that she enrolled.
    await expect
      .poll(() => relay.received.filter(({ raw }) => raw.includes("Security notice")))
      .toHaveLength(1);
    expect(new Set(relay.received.flatMap(({ to }) => to))).toEqual(new Set(["erin@example.com"]));
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { twoFactor } from "better-auth/plugins";
import { Pool } from "pg";
import { answerParent } from "../process/child.js";
import { listening } from "../process/listening.js";
import { STEP_SECONDS } from "../seed/bench-user.js";
import type { ServerMessage, ServerReply } from "./server-message.js";

/**
 * Better Auth's TOTP verification, in its cheapest form: by a user with a session, so that a right code creates none. It keeps no audit log
 * and accepts a code again within its time, so that few users are enough.
 */
const USERS = 20;
const ORIGIN = "http://127.0.0.1";
const PASSWORD = "correct horse battery staple";

const options = {
  database: new Pool({ connectionString: process.env.DATABASE_URL, max: 10 }),
  secret: "a secret of the benchmark, thirty-two bytes and more",
  baseURL: ORIGIN,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  logger: { disabled: true },
  telemetry: { enabled: false },
  plugins: [twoFactor()],
};
const auth = betterAuth(options);
await (await getMigrations(options)).runMigrations();
const users: { readonly cookie: string; readonly secret: string }[] = [];
for (let number = 0; number < USERS; number += 1) users.push(await enrol(number));

const server = createServer((request, response) => void toNodeHandler(auth)(request, response));
const port = await listening(server);

answerParent((message: ServerMessage): Promise<ServerReply> => {
  const requests = message.kind === "requests" ? { requests: users.map(verification) } : {};
  return Promise.resolve({ port, ...requests });
});

async function enrol(number: number): Promise<{ cookie: string; secret: string }> {
  const email = `user-${number}@example.com`;
  const signedUp = await post("/sign-up/email", { email, password: PASSWORD, name: email }, "");
  const enabled = await post("/two-factor/enable", { password: PASSWORD }, signedUp.cookie);
  const { totpURI } = enabled.body as { totpURI: string };
  const secret = new URL(totpURI).searchParams.get("secret") ?? "";
  const verified = await post("/two-factor/verify-totp", { code: codeOf(secret) }, signedUp.cookie);
  return { secret, cookie: verified.cookie === "" ? signedUp.cookie : verified.cookie };
}

async function post(path: string, body: object, cookie: string): Promise<{ cookie: string; body: unknown }> {
  const response = await auth.handler(
    new Request(`${ORIGIN}/api/auth${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: ORIGIN, cookie },
      body: JSON.stringify(body),
    }),
  );
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  const cookies = response.headers.getSetCookie().map((each) => each.split(";")[0]);
  return { cookie: cookies.join("; "), body: await response.json() };
}

function verification({ cookie, secret }: { readonly cookie: string; readonly secret: string }): string {
  const body = JSON.stringify({ code: codeOf(secret) });
  return [
    "POST /api/auth/two-factor/verify-totp HTTP/1.1",
    "host: 127.0.0.1",
    `origin: ${ORIGIN}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    `cookie: ${cookie}`,
    "",
    body,
  ].join("\r\n");
}

function codeOf(base32: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(base32, (char) => alphabet.indexOf(char).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1_000 / STEP_SECONDS)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const start = (mac[mac.length - 1] ?? 0) & 0xf;
  return ((mac.readUInt32BE(start) & 0x7fffffff) % 1_000_000).toString().padStart(6, "0");
}

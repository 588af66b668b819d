import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createMfaClient, Method } from "@countersign/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createApp } from "./app.js";
import { createTestKit } from "./test-kit.js";

// Start Countersign first: TEST_KIT=true npm start
const baseUrl = process.env.COUNTERSIGN_URL ?? "http://127.0.0.1:50051";
const mfa = createMfaClient({ baseUrl });
const kit = createTestKit(process.env.COUNTERSIGN_ADMIN_URL ?? "http://127.0.0.1:9090");

let app: Server;
let url: string;
beforeAll(async () => {
  const checkPassword = (name: string) => Promise.resolve(name); // any password is right
  // A delivery that failed may be tried again after five seconds: these tests do not wait that long.
  const impatient = createMfaClient({ baseUrl, sendTimeoutMs: 4_500 });
  app = createServer(createApp({ mfa: impatient, checkPassword, sessionSecret: "of these tests alone" }));
  app.listen(0, "127.0.0.1");
  await once(app, "listening");
  url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterAll(() => {
  app.closeAllConnections();
  app.close();
  vi.restoreAllMocks();
});

/** A browser that keeps its session. */
function browser() {
  let cookie = "";
  return async (path: string, form: object) => {
    const headers = { "content-type": "application/json", cookie };
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(form) });
    cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return { status: answer.status, body: await answer.json() };
  };
}

/** A user with an authenticator app, by its key URI. */
async function enrolApp(userId: string): Promise<string> {
  const { enrolment } = await mfa.setupMfa({ userId, method: Method.TOTP });
  if (enrolment.case !== "totp") throw new Error("no key URI");
  const { uri } = enrolment.value;
  await mfa.verifySetup({ userId, code: await kit.appCode(uri) });
  await kit.advance(30); // the code that confirmed is spent
  return uri;
}

async function enrolEmail(userId: string): Promise<string> {
  const email = `${userId}@example.com`;
  await mfa.setupMfa({ userId, method: Method.EMAIL, email });
  await mfa.verifySetup({ userId, code: await kit.sentCode(email) });
  await kit.advance(60); // another code may be sent
  return email;
}

test("a user with an authenticator app logs in twice in a row, with no half a minute between", async () => {
  const uri = await enrolApp("ada");
  for (let login = 0; login < 2; login += 1) {
    const post = browser();
    expect((await post("/login", { name: "ada", password: "x" })).body).toEqual({ next: "code" });
    const { body } = await post("/login/code", { code: await kit.appCode(uri) });
    expect(body).toEqual({ next: "welcome" });
    await kit.advance(30);
  }
});

test("a user who was sent a code has ten minutes to enter it", async () => {
  const email = await enrolEmail("emil");
  const post = browser();
  await post("/login", { name: "emil", password: "x" });
  await kit.advance(601);
  expect((await post("/login/code", { code: await kit.sentCode(email) })).status).toBe(401);
});

test("a locked user is told how long to wait", async () => {
  const uri = await enrolApp("always-locked");
  const post = browser();
  await post("/login", { name: "always-locked", password: "x" });
  const { status, body } = await post("/login/code", { code: await kit.appCode(uri) });
  expect({ status, body }).toMatchObject({ status: 401, body: { waitMs: 30_000 } });
});

test("nobody logs in whose code cannot be delivered, or while a store is away", async () => {
  await enrolEmail("delivery-fails");
  for (const name of ["delivery-fails", "store-away"]) {
    const { status } = await browser()("/login", { name, password: "x" });
    expect(status).toBe(503);
  }
});

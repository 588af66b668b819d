import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createMfaClient } from "@countersign/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp as createExpressApp } from "../../../../examples/express-login/src/app.js";
import { createApp as createFastifyApp } from "../../../../examples/fastify-login/src/app.js";
import { wrongCode } from "../support/enrolment/authenticator.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox } from "../support/enrolment/mailbox.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";
import { type FaultProxy, startFaultProxy } from "../support/stores/fault-proxy.js";
import { Browser } from "./browser.js";

const mailbox = new Mailbox();
const security = new ChangingSecurity();
let service: TestService;
let proxy: FaultProxy;
beforeAll(async () => {
  service = await startTestService({
    overrides: { senders: { email: mailbox.email, sms: undefined } },
    config: { security },
  });
  proxy = await startFaultProxy({ host: "127.0.0.1", port: Number(new URL(service.url).port) });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

interface App extends AsyncDisposable {
  readonly url: string;
}

/** Every user's password is "right"; the name is the user's id. */
function options() {
  return {
    mfa: createMfaClient({ baseUrl: `http://127.0.0.1:${proxy.port}` }),
    checkPassword: (name: string, password: string) =>
      Promise.resolve(password === "right" ? name : undefined),
    sessionSecret: "a-secret-of-this-test-alone-0123456789",
  };
}

const apps: Record<string, () => Promise<App>> = {
  async Express() {
    const server = createServer(createExpressApp(options())).listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        server.close();
        server.closeAllConnections();
        await once(server, "close");
      },
    };
  },
  async Fastify() {
    const app = createFastifyApp(options());
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { url, [Symbol.asyncDispose]: () => app.close() };
  },
};

describe.each(Object.entries(apps))("the login example in %s", (_, start) => {
  let app: App;
  let browser: Browser;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app[Symbol.asyncDispose]());
  beforeEach(() => {
    browser = new Browser(app.url);
    vi.spyOn(console, "error").mockImplementation(() => undefined);
  });
  afterEach(() => vi.restoreAllMocks());

  const password = (name: string, of = browser) => of.post("/login", { name, password: "right" });

  test("the login example admits by password alone who has no second factor, and no one with a wrong one", async () => {
    const wrong = await browser.post("/login", { name: "nobody", password: "wrong" });
    expect(wrong.status).toBe(401);
    expect((await browser.get("/me")).status).toBe(401);
    expect(await password("nobody")).toMatchObject({ status: 200, body: { next: "welcome" } });
    expect((await browser.get("/me")).body).toEqual({ userId: "nobody" });
  });

  test.each(["{", "[]", ""])("the login example admits no one by what is no form: %j", async (body) => {
    for (const path of ["/login", "/login/code"]) {
      const headers = { "content-type": "application/json" };
      const { status } = await fetch(`${app.url}${path}`, { method: "POST", body, headers });
      expect([400, 401]).toContain(status);
    }
    expect(console.error).not.toHaveBeenCalled();
  });

  test("the login example admits who has a second factor by password and code, each code once", async () => {
    const { userId, authenticator } = await enrolTotp(service.client, service.clock);
    const code = authenticator.code(service.clock.ms);
    expect((await browser.post("/login/code", { code })).status).toBe(401);
    expect((await password(userId)).body).toEqual({ next: "code" });
    expect((await browser.get("/me")).status).toBe(401);
    const before = browser.cookie;
    expect((await browser.post("/login/code", { code })).body).toEqual({ next: "welcome" });
    expect((await browser.get("/me")).body).toEqual({ userId });
    expect(browser.cookie).not.toBe(before);

    const thief = new Browser(app.url);
    await password(userId, thief);
    expect((await thief.post("/login/code", { code })).status).toBe(401);
    expect((await thief.get("/me")).status).toBe(401);
  });

  test("the login example says the same of every code that is refused, and how long to wait once there were too many", async () => {
    const { userId, authenticator } = await enrolTotp(service.client, service.clock);
    const code = authenticator.code(service.clock.ms);
    await service.client.verifyCode({ userId, code });
    const wrong = wrongCode(authenticator, service.clock.ms);
    await password(userId);
    const refused = { status: 401, body: { message: "That code was not accepted." } };
    expect(await browser.post("/login/code", { code })).toEqual(refused); // replayed, which costs nothing
    for (let guess = 0; guess < 2; guess += 1)
      expect(await browser.post("/login/code", { code: wrong })).toEqual(refused);
    const locked = { ...refused.body, waitMs: 30_000 };
    expect((await browser.post("/login/code", { code: wrong })).body).toEqual(locked);
    const still = await browser.post("/login/code", { code: authenticator.code(service.clock.ms, 1) });
    expect(still.body).toMatchObject({ ...refused.body, waitMs: expect.any(Number) as number });
    expect((await browser.post("/login/code", { code: "no code" })).status).toBe(400);
    expect((await browser.get("/me")).status).toBe(401);
  });

  test("the login example admits no one by password alone if the policy requires more", async () => {
    security.change({ mfa: { required: true } });
    await service.replicas[0]!.server.reload();
    expect(await password("nobody")).toEqual({ status: 403, body: { next: "enrol" } });
    expect((await browser.get("/me")).status).toBe(401);
    security.change({});
    await service.replicas[0]!.server.reload();
    expect(await password("nobody")).toEqual({ status: 200, body: { next: "welcome" } });
  });

  test("the login example sends a code to a user of e-mail, and says where it went", async () => {
    const { userId, email } = await enrolEmail(service.client, mailbox);
    const { sentTo } = (await password(userId)).body as { sentTo: string };
    expect(sentTo).toBe("u***@e***.com");
    expect((await browser.post("/login/code", { code: mailbox.code(email) })).body).toEqual({
      next: "welcome",
    });
    expect((await browser.get("/me")).body).toEqual({ userId });
  });

  test("the login example admits no one while Countersign is unavailable, and tells the log only", async () => {
    const { userId, authenticator } = await enrolTotp(service.client, service.clock);
    await password(userId);
    await proxy.set("refuse");
    const other = new Browser(app.url);
    const answers = [
      await browser.post("/login/code", { code: authenticator.code(service.clock.ms) }),
      await password("nobody", other),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(503);
      expect(body).toEqual({ message: "Logging in does not work just now. Please try again." });
    }
    expect(console.error).toHaveBeenCalledTimes(2);
    for (const each of [browser, other]) expect((await each.get("/me")).status).toBe(401);
    await proxy.set("pass");
  });
});

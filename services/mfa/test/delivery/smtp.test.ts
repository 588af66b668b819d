import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSmtpSender, type SmtpConfig } from "../../src/delivery/provider/smtp.js";
import { delivered, rejected, timedOut, unavailable } from "../../src/domain/delivery/delivery.js";
import { renderEmail } from "../../src/domain/delivery/message.js";
import { createCertificate, type TestCertificate } from "../support/caller/certificate.js";
import { CREDENTIALS, SmtpRelay } from "./smtp-relay.js";

const MAIL = renderEmail({
  to: "ada@example.com",
  code: "012345",
  minutes: 10,
  locale: "en",
  applicationName: "Acme",
});

let certificate: TestCertificate;
const owned: AsyncDisposable[] = [];

beforeAll(() => {
  certificate = createCertificate();
});

afterEach(async () => {
  for (const each of owned.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function startRelay(options: ConstructorParameters<typeof SmtpRelay>[1] = {}) {
  const relay = new SmtpRelay(certificate, options);
  owned.push(relay);
  return { relay, port: await relay.listen() };
}

function createSender(port: number, changes: Partial<SmtpConfig> = {}) {
  const sender = createSmtpSender({
    name: "smtp",
    host: "localhost",
    port,
    tls: "starttls",
    auth: CREDENTIALS,
    from: { name: "Acme", address: "no-reply@acme.example" },
    certificateAuthority: certificate.cert,
    maxConnections: 2,
    ...changes,
  });
  owned.push(sender);
  return sender;
}

function options(milliseconds = 60_000, idempotencyKey = "send-1") {
  return { signal: AbortSignal.timeout(milliseconds), idempotencyKey };
}

describe("a relay that works", () => {
  test("a relay that works gets the message over TLS, after logging in, with both parts and no code in the subject", async () => {
    const { relay, port } = await startRelay();
    expect(await createSender(port).send(MAIL, options())).toEqual(delivered("smtp"));
    expect(relay.logins).toEqual(["mailer"]);
    expect(relay.received).toHaveLength(1);
    const mail = relay.last();
    expect(mail).toMatchObject({ from: "no-reply@acme.example", to: ["ada@example.com"], encrypted: true });
    const [headers, ...parts] = mail.raw.split(/^----_NmP-.*$/m);
    expect(headers).toMatch(/^From: Acme <no-reply@acme\.example>\r$/m);
    expect(headers).toMatch(/^To: ada@example\.com\r$/m);
    expect(headers).toMatch(/^Subject: Your Acme verification code\r$/m);
    expect(headers).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(headers).not.toContain("012345");
    expect(parts[0]).toMatch(/Content-Type: text\/plain; charset=utf-8[\s\S]*^ {4}012345\r$/m);
    expect(parts[1]).toMatch(/Content-Type: text\/html; charset=utf-8[\s\S]*<strong>012345<\/strong>/);
  });

  test("a relay that works may speak TLS from the first byte", async () => {
    const { relay, port } = await startRelay({ secure: true });
    expect(await createSender(port, { tls: "implicit" }).send(MAIL, options())).toEqual(delivered("smtp"));
    expect(relay.received).toMatchObject([{ encrypted: true }]);
  });

  test("a relay that works keeps its connection for the next message", async () => {
    const { relay, port } = await startRelay();
    const sender = createSender(port);
    await sender.send(MAIL, options());
    await sender.send(MAIL, options());
    expect(new Set(relay.received.map(({ connection }) => connection)).size).toBe(1);
    expect(relay.logins).toHaveLength(1);
  });

  test("a relay that works sees one message id for one send, another for another", async () => {
    const { relay, port } = await startRelay();
    const sender = createSender(port);
    for (const key of ["send-1", "send-1", "send-2"]) await sender.send(MAIL, options(60_000, key));
    const ids = relay.received.map(
      ({ raw }) => /^Message-ID: (<[0-9a-f]{40}@acme\.example>)\r$/m.exec(raw)?.[1],
    );
    expect(ids[0]).toBeDefined();
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test("a relay that works gets a message once when it had dropped the idle connection", async () => {
    const { relay, port } = await startRelay();
    const sender = createSender(port, { maxConnections: 1 });
    await sender.send(MAIL, options());
    relay.dropConnections();
    expect(await sender.send(MAIL, options(60_000, "send-2"))).toEqual(delivered("smtp"));
    expect(relay.received).toHaveLength(2);
  });
});

describe("nothing is sent, and no password told,", () => {
  test("nothing is sent, and no password told, to a relay that offers no TLS", async () => {
    const { relay, port } = await startRelay({
      hideSTARTTLS: true,
      disabledCommands: ["STARTTLS"],
      allowInsecureAuth: true,
    });
    expect(await createSender(port).send(MAIL, options())).toMatchObject({
      failure: { kind: "unavailable" },
    });
    expect([relay.logins, relay.received]).toEqual([[], []]);
  });

  test("nothing is sent, and no password told, to a relay whose certificate is not trusted", async () => {
    const { relay, port } = await startRelay();
    const sender = createSender(port, { certificateAuthority: undefined });
    expect(await sender.send(MAIL, options())).toMatchObject({ failure: { kind: "unavailable" } });
    expect([relay.logins, relay.received]).toEqual([[], []]);
  });

  test("nothing is sent, and no password told, to a relay that wants no login where one is configured", async () => {
    const { relay, port } = await startRelay({ authOptional: true, disabledCommands: ["AUTH"] });
    expect(await createSender(port).send(MAIL, options())).toMatchObject({
      failure: { kind: "unavailable" },
    });
    expect(relay.received).toEqual([]);
  });

  test("nothing is sent, and no password told, when the password is wrong", async () => {
    const { relay, port } = await startRelay();
    const sender = createSender(port, { auth: { user: "mailer", password: "wrong" } });
    expect(await sender.send(MAIL, options())).toEqual(unavailable("smtp", "smtp 535"));
    expect(relay.received).toEqual([]);
  });
});

describe("a relay that refuses", () => {
  test.each([
    ["recipient", 550, rejected("smtp", "smtp 550")],
    ["recipient", 451, unavailable("smtp", "smtp 451")],
    ["mail", 554, rejected("smtp", "smtp 554")],
    ["mail", 452, unavailable("smtp", "smtp 452")],
  ] as const)("the %s with %d gives %j, and takes the next message", async (what, code, outcome) => {
    const { relay, port } = await startRelay();
    const sender = createSender(port, { maxConnections: 1 });
    if (what === "recipient") relay.answerRecipient = code;
    else relay.answerMail = code;
    const refused = await sender.send(MAIL, options());
    expect(refused).toEqual(outcome);
    expect(JSON.stringify(refused)).not.toContain("ada@example.com");
    relay.answerRecipient = relay.answerMail = "accept";
    expect(await sender.send(MAIL, options(60_000, "send-2"))).toEqual(delivered("smtp"));
  });
});

describe("a relay that breaks", () => {
  test("off after the message was handed over gets it once only", async () => {
    const { relay, port } = await startRelay();
    relay.answerMail = "drop";
    const outcome = await createSender(port).send(MAIL, options());
    expect(outcome).toMatchObject({ ok: false, failure: { kind: "unavailable" } });
    expect(relay.received).toHaveLength(1);
  });

  test("a relay that breaks into silence is given up in time, and others get through", async () => {
    const { relay, port } = await startRelay();
    const sender = createSender(port, { maxConnections: 1 });
    relay.answerMail = "hang";
    const patience = new AbortController();
    const silent = sender.send(MAIL, { ...options(10_000), signal: patience.signal });
    await expect.poll(() => relay.received).toHaveLength(1);
    patience.abort();
    expect(await silent).toEqual(timedOut("smtp", "no answer in time"));
    relay.answerMail = "accept";
    expect(await sender.send(MAIL, options(60_000, "send-2"))).toEqual(delivered("smtp"));
    expect(relay.received).toHaveLength(2);
  });

  test("a relay that breaks never gets a message that was given up while it waited for a connection", async () => {
    const { relay, port } = await startRelay();
    const sender = createSender(port, { maxConnections: 1 });
    relay.answerMail = "hang";
    const patience = new AbortController();
    const hanging = sender.send(MAIL, { ...options(), signal: patience.signal });
    await expect.poll(() => relay.received).toHaveLength(1);
    const waiting = sender.send({ ...MAIL, to: "eve@example.com" }, options(200, "send-2"));
    expect(await waiting).toEqual(timedOut("smtp", "no answer in time"));
    patience.abort();
    await hanging;
    relay.answerMail = "accept";
    await sender.send(MAIL, options(60_000, "send-3"));
    expect(relay.received.flatMap(({ to }) => to)).toEqual(["ada@example.com", "ada@example.com"]);
  });

  test("before its greeting is given up in time", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    expect(await createSender(port).send(MAIL, options(200))).toEqual(timedOut("smtp", "no answer in time"));
    silent.close();
  });

  test("down altogether is unavailable immediately", async () => {
    const { relay, port } = await startRelay();
    await relay[Symbol.asyncDispose]();
    expect(await createSender(port).send(MAIL, options())).toEqual(unavailable("smtp", "smtp ESOCKET"));
  });
});

test("a closed sender sends nothing more", async () => {
  const { relay, port } = await startRelay();
  const sender = createSender(port);
  await sender[Symbol.asyncDispose]();
  expect(await sender.send(MAIL, options())).toMatchObject({ failure: { kind: "unavailable" } });
  expect(relay.received).toEqual([]);
});

test("plaintext and no login, where that is configured, reach a relay on loopback", async () => {
  const { relay, port } = await startRelay({ authOptional: true });
  const sender = createSender(port, { tls: "none", auth: undefined });
  expect(await sender.send(MAIL, options())).toEqual(delivered("smtp"));
  expect(relay.received).toMatchObject([{ encrypted: false }]);
});

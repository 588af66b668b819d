import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createEmailWebhook,
  createSmsWebhook,
  type WebhookConfig,
} from "../../src/delivery/provider/webhook.js";
import { delivered, rejected, timedOut, unavailable } from "../../src/domain/delivery/delivery.js";
import { loadReceiver } from "./documented-receiver.js";
import { answering, HttpEndpoint, type ReceivedRequest } from "./http-endpoint.js";

const NOW = Date.UTC(2030, 0, 1) + 999;
const SECRET = "0123456789abcdef0123456789abcdef";
const SMS = { to: "+12015550123", text: "012345 is your código" };

let endpoint: HttpEndpoint;
let config: WebhookConfig;

beforeEach(async () => {
  endpoint = new HttpEndpoint();
  config = { name: "sms_webhook", url: new URL("/sms?tenant=1", await endpoint.listen()), secret: SECRET };
});

afterEach(() => endpoint[Symbol.asyncDispose]());

function options(milliseconds = 60_000, idempotencyKey = "send-1") {
  return { signal: AbortSignal.timeout(milliseconds), idempotencyKey };
}

function send(sendOptions = options()) {
  return createSmsWebhook(config, { now: () => NOW }).send(SMS, sendOptions);
}

describe("a receiver", () => {
  test("a receiver gets an SMS as JSON, with a key, a digest, a time and a signature", async () => {
    expect(await send()).toEqual(delivered("sms_webhook"));
    expect(endpoint.received).toMatchObject([
      {
        method: "POST",
        path: "/sms?tenant=1",
        headers: {
          "content-type": "application/json",
          "idempotency-key": "send-1",
          "content-digest": expect.stringMatching(/^sha-256=:[A-Za-z0-9+/]{43}=:$/) as string,
          "countersign-timestamp": "1893456000",
          "countersign-signature": expect.stringMatching(/^v1=[0-9a-f]{64}$/) as string,
        },
      },
    ]);
    expect(JSON.parse(endpoint.last().body)).toEqual({ channel: "sms", ...SMS });
  });

  test("a receiver gets an e-mail with both parts", async () => {
    const mail = { to: "ada@example.com", subject: "Your code", text: "012345", html: "<p>012345</p>" };
    expect(await createEmailWebhook(config, { now: () => NOW }).send(mail, options())).toEqual(
      delivered("sms_webhook"),
    );
    expect(JSON.parse(endpoint.last().body)).toEqual({ channel: "email", ...mail });
  });

  test.each([
    [204, delivered("sms_webhook")],
    [400, rejected("sms_webhook", "http 400")],
    [422, rejected("sms_webhook", "http 422")],
    [401, unavailable("sms_webhook", "http 401")],
    [429, unavailable("sms_webhook", "http 429")],
    [502, unavailable("sms_webhook", "http 502")],
  ])("a receiver that answers %d gives %j, after one request", async (status, outcome) => {
    endpoint.respond = answering(status, status === 204 ? "" : "+12015550123");
    expect(await send()).toEqual(outcome);
    expect(endpoint.received).toHaveLength(1);
  });

  test("a receiver that is slow is waited for, one that hangs is not", async () => {
    endpoint.respond = (response) => {
      setTimeout(() => response.writeHead(200).end(), 150);
    };
    expect(await send(options(5_000))).toEqual(delivered("sms_webhook"));
    expect(await send(options(50))).toEqual(timedOut("sms_webhook", "no answer in time"));
  });
});

describe("the receiver of docs/webhook.md", () => {
  const seconds = NOW / 1_000;

  async function signedRequest(key = "send-1"): Promise<ReceivedRequest> {
    await send(options(10_000, key));
    return endpoint.last();
  }

  test("the receiver of docs/webhook.md takes what was sent", async () => {
    const { verify } = await loadReceiver();
    expect(verify(await signedRequest(), SECRET, seconds)).toBe(true);
  });

  test("the receiver of docs/webhook.md takes it up to five minutes early or late, and no more", async () => {
    const { verify } = await loadReceiver();
    const request = await signedRequest();
    const drifts = [-301, -299, 299, 302];
    expect(drifts.map((drift) => verify(request, SECRET, seconds + drift))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test.each<[string, (request: ReceivedRequest) => ReceivedRequest]>([
    [
      "another body",
      (request) => ({ ...request, body: request.body.replace("+12015550123", "+12015550199") }),
    ],
    ["another key", (request) => changed(request, "idempotency-key", "send-2")],
    ["another time", (request) => changed(request, "countersign-timestamp", "1893456001")],
    ["another signature", (request) => changed(request, "countersign-signature", `v1=${"0".repeat(64)}`)],
    ["a cut signature", (request) => changed(request, "countersign-signature", "v1=")],
    ["no signature", (request) => without(request, "countersign-signature")],
    ["no time", (request) => without(request, "countersign-timestamp")],
    ["words for a time", (request) => changed(request, "countersign-timestamp", "now")],
  ])("the receiver of docs/webhook.md refuses %s", async (_what, tamper) => {
    const { verify } = await loadReceiver();
    expect(verify(tamper(await signedRequest()), SECRET, seconds)).toBe(false);
  });

  test("the receiver of docs/webhook.md refuses another secret", async () => {
    const { verify } = await loadReceiver();
    expect(verify(await signedRequest(), SECRET.replace("0", "1"), seconds)).toBe(false);
  });

  test("the receiver of docs/webhook.md sends a message it gets twice only once", async () => {
    const { receive } = await loadReceiver();
    const texts: string[] = [];
    const state = {
      seen: new Set<string>(),
      deliver: (message: { text: string }) => texts.push(message.text),
    };
    endpoint.respond = (response, request) => {
      response.writeHead(receive(request, SECRET, seconds, state)).end();
    };
    expect([await send(), await send(), await send(options(10_000, "send-2"))]).toEqual(
      Array.from({ length: 3 }, () => delivered("sms_webhook")),
    );
    expect(texts).toEqual([SMS.text, SMS.text]);
  });
});

function changed(request: ReceivedRequest, header: string, value: string): ReceivedRequest {
  return { ...request, headers: { ...request.headers, [header]: value } };
}

function without(request: ReceivedRequest, header: string): ReceivedRequest {
  const headers = Object.entries(request.headers).filter(([name]) => name !== header);
  return { ...request, headers: Object.fromEntries(headers) };
}

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTwilioSender, type TwilioConfig } from "../../src/delivery/provider/twilio.js";
import { delivered, rejected, timedOut, unavailable } from "../../src/domain/delivery/delivery.js";
import { answering, HttpEndpoint } from "./http-endpoint.js";

const SMS = { to: "+12015550123", text: "012345 is your Acme code\n@login.example.com #012345" };
const CREATED = JSON.stringify({ sid: "SM0123", status: "queued", error_code: null });
const INVALID = JSON.stringify({
  code: 21211,
  message: "'To' number +12015550123 is not valid",
  status: 400,
});

let endpoint: HttpEndpoint;
let baseUrl: URL;

beforeEach(async () => {
  endpoint = new HttpEndpoint();
  endpoint.respond = answering(201, CREATED);
  baseUrl = new URL(await endpoint.listen());
});

afterEach(() => endpoint[Symbol.asyncDispose]());

function createSender(changes: Partial<TwilioConfig> = {}) {
  return createTwilioSender({
    name: "twilio",
    baseUrl,
    accountSid: "AC42",
    credential: { user: "AC42", secret: "token" },
    sender: { from: "+12015550100" },
    ...changes,
  });
}

function options(milliseconds = 60_000) {
  return { signal: AbortSignal.timeout(milliseconds), idempotencyKey: "send-1" };
}

describe("the Messages API", () => {
  test("the Messages API gets one form with the number, the sender and the text as they are", async () => {
    expect(await createSender().send(SMS, options())).toEqual(delivered("twilio"));
    expect(endpoint.received).toHaveLength(1);
    const request = endpoint.last();
    expect(request).toMatchObject({
      method: "POST",
      path: "/2010-04-01/Accounts/AC42/Messages.json",
      headers: {
        authorization: `Basic ${btoa("AC42:token")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
    });
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      From: "+12015550100",
      To: SMS.to,
      Body: SMS.text,
    });
  });

  test("the Messages API takes an API key and a messaging service as well", async () => {
    const sender = createSender({
      credential: { user: "SK7", secret: "secret" },
      sender: { messagingServiceSid: "MG9" },
    });
    await sender.send(SMS, options());
    const request = endpoint.last();
    expect(request).toMatchObject({
      path: "/2010-04-01/Accounts/AC42/Messages.json",
      headers: { authorization: `Basic ${btoa("SK7:secret")}` },
    });
    expect(new URLSearchParams(request.body).get("MessagingServiceSid")).toBe("MG9");
  });
});

describe("an answer of", () => {
  test.each([
    [400, INVALID, rejected("twilio", "http 400 code 21211")],
    [400, "<html>+12015550123", rejected("twilio", "http 400")],
    [422, JSON.stringify({ code: "21211" }), rejected("twilio", "http 422")],
    [401, JSON.stringify({ code: 20003 }), unavailable("twilio", "http 401 code 20003")],
    [403, "", unavailable("twilio", "http 403")],
    [404, "null", unavailable("twilio", "http 404")],
    [429, JSON.stringify({ code: 20429 }), unavailable("twilio", "http 429 code 20429")],
    [500, "", unavailable("twilio", "http 500")],
    [503, "", unavailable("twilio", "http 503")],
  ])("%d %s gives %j, after one request", async (status, body, outcome) => {
    endpoint.respond = answering(status, body);
    expect(await createSender().send(SMS, options())).toEqual(outcome);
    expect(endpoint.received).toHaveLength(1);
  });
});

describe("an endpoint that misbehaves", () => {
  test("an endpoint that misbehaves by never answering is given up in time", async () => {
    endpoint.respond = () => undefined;
    expect(await createSender().send(SMS, options(200))).toEqual(timedOut("twilio", "no answer in time"));
  });

  test("an endpoint that misbehaves by hanging within its answer has accepted the message all the same", async () => {
    endpoint.respond = (response) => {
      response.writeHead(201).write('{"sid":');
    };
    expect(await createSender().send(SMS, options(1_500))).toEqual(delivered("twilio"));
  });

  test("an endpoint that misbehaves by flooding is cut off", async () => {
    let sent = 0;
    endpoint.respond = (response) => {
      response.writeHead(500);
      const flood = () => {
        sent += 1;
        if (!response.destroyed && sent < 10_000) response.write("x".repeat(65_536), flood);
      };
      flood();
    };
    expect(await createSender().send(SMS, options())).toEqual(unavailable("twilio", "http 500"));
    expect(sent).toBeLessThan(1_000);
  });

  test("an endpoint that misbehaves by redirecting is not followed: the code goes to no other host", async () => {
    const elsewhere = new HttpEndpoint();
    const origin = await elsewhere.listen();
    for (const status of [301, 302, 303, 307, 308]) {
      endpoint.respond = answering(status, "", { location: `${origin}/` });
      expect(await createSender().send(SMS, options())).toEqual(unavailable("twilio", "no connection"));
    }
    expect(elsewhere.received).toEqual([]);
    await elsewhere[Symbol.asyncDispose]();
  });

  test("an endpoint that misbehaves by breaking off is unavailable, after one request", async () => {
    endpoint.respond = (response) => response.destroy();
    expect(await createSender().send(SMS, options())).toEqual(unavailable("twilio", "no connection"));
    expect(endpoint.received).toHaveLength(1);
  });

  test("an endpoint that misbehaves by being gone is unavailable", async () => {
    await endpoint[Symbol.asyncDispose]();
    expect(await createSender().send(SMS, options())).toEqual(unavailable("twilio", "no connection"));
  });
});

import { expect, test } from "vitest";
import { rejected, timedOut, unavailable } from "../../domain/delivery/delivery.js";
import { smtpFailure } from "./smtp-failure.js";

const SAID = "550 no such user ada@example.com";

test.each([
  [
    "an unknown recipient",
    { code: "EENVELOPE", responseCode: 550, command: "RCPT TO" },
    rejected("smtp", "smtp 550"),
  ],
  ["refused content", { code: "EMESSAGE", responseCode: 554, command: "DATA" }, rejected("smtp", "smtp 554")],
  [
    "greylisting",
    { code: "EENVELOPE", responseCode: 451, command: "RCPT TO" },
    unavailable("smtp", "smtp 451"),
  ],
  ["a full disk", { code: "EMESSAGE", responseCode: 452, command: "DATA" }, unavailable("smtp", "smtp 452")],
  [
    "our own address refused",
    { code: "EENVELOPE", responseCode: 550, command: "MAIL FROM" },
    unavailable("smtp", "smtp 550"),
  ],
  [
    "wrong credentials",
    { code: "EAUTH", responseCode: 535, command: "AUTH PLAIN" },
    unavailable("smtp", "smtp 535"),
  ],
  [
    "authentication asked for late",
    { code: "EENVELOPE", responseCode: 530, command: "RCPT TO" },
    unavailable("smtp", "smtp 530"),
  ],
  [
    "a server that turns us away",
    { code: "EPROTOCOL", responseCode: 554, command: "CONN" },
    unavailable("smtp", "smtp 554"),
  ],
  ["no TLS", { code: "ETLS", command: "CONN" }, unavailable("smtp", "smtp ETLS")],
  ["no connection", { code: "ESOCKET", command: "CONN" }, unavailable("smtp", "smtp ESOCKET")],
  ["silence", { code: "ETIMEDOUT", command: "CONN" }, timedOut("smtp", "no answer in time")],
  ["an aborted send", { code: "EABORT" }, timedOut("smtp", "no answer in time")],
  ["a code that is no code", { code: SAID }, unavailable("smtp", "smtp error")],
  ["nothing known", {}, unavailable("smtp", "smtp error")],
])("the failure of a relay is read: %s", (_what, codes, outcome) => {
  expect(smtpFailure("smtp", Object.assign(new Error(SAID), { response: SAID }, codes))).toEqual(outcome);
});

test.each([undefined, null, "text", 5])("%j thrown is unavailable too", (thrown) => {
  expect(smtpFailure("smtp", thrown)).toEqual(unavailable("smtp", "smtp error"));
});

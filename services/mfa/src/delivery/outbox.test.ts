import { expect, test } from "vitest";
import type { SendOptions } from "../domain/delivery/message-sender.js";
import { Outbox } from "./outbox.js";

const OPTIONS: SendOptions = { signal: new AbortController().signal, idempotencyKey: "key" };

function createOutbox() {
  const clock = { ms: Date.UTC(2030, 0, 1) };
  const outbox = new Outbox({ capacity: 3, keepForMs: 60_000, now: () => clock.ms });
  const sendSms = (text: string) => outbox.sms.send({ to: "+12015550123", text }, OPTIONS);
  return { clock, outbox, sendSms };
}

test("the outbox shows messages of both channels, the newest first", async () => {
  const { clock, outbox, sendSms } = createOutbox();
  expect(await sendSms("012345 is your code")).toEqual({ ok: true, provider: "outbox" });
  clock.ms += 1_000;
  await outbox.email.send(
    { to: "ada@example.com", subject: "Code", text: "678901", html: "<p>678901</p>" },
    OPTIONS,
  );
  expect(outbox.list()).toEqual([
    {
      id: 2,
      time: "2030-01-01T00:00:01.000Z",
      channel: "email",
      to: "ada@example.com",
      subject: "Code",
      text: "678901",
      html: "<p>678901</p>",
    },
    {
      id: 1,
      time: "2030-01-01T00:00:00.000Z",
      channel: "sms",
      to: "+12015550123",
      text: "012345 is your code",
    },
  ]);
});

test("the outbox keeps no more than its capacity, dropping the oldest", async () => {
  const { outbox, sendSms } = createOutbox();
  for (const text of ["1", "2", "3", "4"]) await sendSms(text);
  expect(outbox.list().map(({ text }) => text)).toEqual(["4", "3", "2"]);
});

test("the outbox forgets messages after their time", async () => {
  const { clock, outbox, sendSms } = createOutbox();
  await sendSms("old");
  clock.ms += 59_999;
  await sendSms("new");
  expect(outbox.list()).toHaveLength(2);
  clock.ms += 1;
  expect(outbox.list().map(({ text }) => text)).toEqual(["new"]);
});

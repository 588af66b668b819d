import { generateSync } from "otplib";

/** The code that the app on the end user's phone shows at a moment, in seconds: SHA-1, six digits, 30 seconds, as policies have it. */
export function appCode(secret: string, epoch: number): string {
  return generateSync({ secret, epoch });
}

/** A code that is one off. */
export function mistyped(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(code.length, "0");
}

/** The newest code sent to a number, from the outbox that Countersign keeps in development. */
export async function textMessage(outbox: string, phoneNumber: string): Promise<string> {
  const answer = await fetch(outbox);
  const { messages } = (await answer.json()) as { messages: { to: string; text: string }[] };
  const code = messages.find(({ to }) => to === phoneNumber)?.text.match(/\b[0-9]{6}\b/)?.[0];
  if (code === undefined) throw new Error(`no message to ${phoneNumber}`);
  return code;
}

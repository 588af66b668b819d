import { type Delivery, rejected, timedOut, unavailable } from "../../domain/delivery/delivery.js";

/** Steps at which a reply concerns this message or its recipient; at any other it concerns our session. */
const ABOUT_THE_MESSAGE: ReadonlySet<unknown> = new Set(["RCPT TO", "DATA"]);
/** 503 bad sequence, 530/534/535/538 authentication: these concern our session at any step. */
const ABOUT_THE_SESSION: ReadonlySet<number> = new Set([503, 530, 534, 535, 538]);

/** The relay's answer, or the error before it; unmasked. */
export function smtpWords(error: unknown): string | undefined {
  const { response, message } = (error ?? {}) as Record<string, unknown>;
  return [response, message].find((each): each is string => typeof each === "string" && each !== "");
}

/** Reads codes and steps only: nodemailer's text repeats the server's reply, which names the recipient. */
export function smtpFailure(provider: string, error: unknown): Delivery {
  const { code, responseCode, command } = (error ?? {}) as Record<string, unknown>;
  if (code === "EABORT" || code === "ETIMEDOUT") {
    return timedOut(provider, "no answer in time");
  }
  if (typeof responseCode === "number") {
    const permanent = responseCode >= 500 && responseCode < 600 && !ABOUT_THE_SESSION.has(responseCode);
    const outcome = permanent && ABOUT_THE_MESSAGE.has(command) ? rejected : unavailable;
    return outcome(provider, `smtp ${responseCode}`);
  }
  return unavailable(
    provider,
    typeof code === "string" && /^E[A-Z0-9]{1,20}$/.test(code) ? `smtp ${code}` : "smtp error",
  );
}

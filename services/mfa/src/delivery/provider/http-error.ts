import type { HttpAnswer } from "./http-post.js";

/** The error text of an HTTP provider: the `message` or `error` of a JSON object, else the whole answer; unmasked. */
export function errorTextOf(answer: HttpAnswer): string | undefined {
  if (!answer.ok) return answer.error === "" ? undefined : answer.error;
  if (answer.status >= 200 && answer.status < 300) return undefined;
  const text = messageIn(answer.body) ?? answer.body;
  return text === "" ? undefined : text;
}

function messageIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const { message, error } = parsed as Readonly<Record<string, unknown>>;
    return [message, error].find((each) => typeof each === "string");
  } catch {
    return undefined;
  }
}

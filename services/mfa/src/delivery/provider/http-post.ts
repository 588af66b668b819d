/** Enough for any provider's answer; the rest is not read. */
const MAX_ANSWER_BYTES = 16_384;

export interface HttpPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** `body` is "" if it was too long, cut short or not text. */
export type HttpAnswer =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | {
      readonly ok: false;
      readonly aborted: boolean;
      /** Why the connection failed. May name addresses. */
      readonly error: string;
    };

/**
 * One POST, never repeated and never redirected: a redirect would send the code to another host. Error texts repeat the address and sometimes the
 * body: mask them.
 */
export async function httpPost({ url, headers, body, signal }: HttpPost): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
    return { ok: true, status: response.status, body: await readBounded(response) };
  } catch (error) {
    return { ok: false, aborted: signal.aborted, error: rootCause(error) };
  }
}

/** fetch reports "fetch failed" with the reason as its cause; of several addresses the first. */
function rootCause(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return rootCause(error.errors[0]);
  if (!(error instanceof Error)) return "";
  return error.cause instanceof Error ? rootCause(error.cause) : error.message;
}

/** The status decides: a body that hangs, breaks or is too long must not turn an accepted message into a failed one. */
async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const body: AsyncIterable<Uint8Array> | null = response.body;
    for await (const chunk of body ?? []) {
      size += chunk.byteLength;
      // Leaving the loop cancels the stream.
      if (size > MAX_ANSWER_BYTES) return "";
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  } catch {
    return "";
  }
}

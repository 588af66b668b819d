import { ConfigurationError } from "../../config/forms/configuration-error.js";

const TIME_LIMIT_MS = 2_000;
const MAX_BYTES = 1_048_576;

/** Fetches a key set. Throws ConfigurationError if there is no answer within the limits of time and size. */
export async function fetchKeySet(url: string): Promise<string> {
  try {
    // A redirect could leave the configured host, or TLS.
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    if (!response.ok) throw new ConfigurationError([`CALLER_JWKS_URL answered with HTTP ${response.status}`]);
    return await boundedText(response);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(["CALLER_JWKS_URL cannot be reached"]);
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MAX_BYTES)
      throw new ConfigurationError([`CALLER_JWKS_URL answered with more than ${MAX_BYTES} bytes`]);
  }
  return Buffer.concat(chunks).toString("utf8");
}

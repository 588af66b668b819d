import { createHash, createHmac } from "node:crypto";

export interface SignedRequest {
  readonly secret: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly idempotencyKey: string;
  readonly body: string;
}

/**
 * The headers by which a receiver detects a forged, altered or replayed request. docs/webhook.md is the contract. Line breaks separate the parts: no
 * part can contain one, so no two requests sign the same text.
 */
export function signatureHeaders({
  secret,
  timestamp,
  idempotencyKey,
  body,
}: SignedRequest): Record<string, string> {
  const digest = createHash("sha256").update(body).digest("base64");
  const signed = ["countersign-webhook-v1", timestamp, idempotencyKey, digest].join("\n");
  return {
    "idempotency-key": idempotencyKey,
    "content-digest": `sha-256=:${digest}:`,
    "countersign-timestamp": `${timestamp}`,
    "countersign-signature": `v1=${createHmac("sha256", secret).update(signed).digest("hex")}`,
  };
}

import { decimal, flag, integer } from "@countersign/settings";
import type { FieldTable } from "../field.js";
import type { RateLimitPolicy } from "../security-config.js";

const MOST = 1_000_000;

export const rateLimitFields: FieldTable<RateLimitPolicy> = {
  enabled: flag({
    default: true,
    doc: "Whether request limits apply. In development callers are limited only once a limit of theirs is set. The attempt limits on codes always apply.",
    enforcedBy: "both",
  }),
  defaultRequestsPerMinute: integer({
    default: 60,
    min: 1,
    max: MOST,
    unit: "requests per minute",
    doc: "Limit if no narrower one applies.",
    enforcedBy: "both",
  }),
  loginAttemptsPerMinute: integer({
    default: 5,
    min: 1,
    max: 1000,
    unit: "attempts per minute",
    doc: "Login attempts of one user.",
    enforcedBy: "both",
  }),
  apiRequestsPerMinute: integer({
    default: 100,
    min: 1,
    max: MOST,
    unit: "requests per minute",
    doc: "Requests of one caller.",
    enforcedBy: "both",
  }),
  fileUploadsPerHour: integer({
    default: 50,
    min: 1,
    max: MOST,
    unit: "uploads per hour",
    doc: "File uploads of one user.",
    enforcedBy: "platform",
  }),
  burstMultiplier: decimal({
    default: 1.5,
    min: 1,
    max: 10,
    unit: "times the limit",
    doc: "How far a burst after a quiet time may exceed a limit: the size of the token bucket, as a multiple of the limit.",
    enforcedBy: "both",
  }),
};

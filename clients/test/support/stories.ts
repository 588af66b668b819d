import type { Program } from "./program.js";

const LOGIN = [
  "enrol TOTP",
  "confirm",
  "log in",
  "wrong code",
  "replay",
  "lock",
  "backup code",
  "SMS code",
  "error details",
  "oversized request",
  "deadline",
  "unset outcome",
];

/** What every generated client tells, in this order and by these names, so that they can be read side by side. */
export const LOGIN_STORIES: Program["stories"] = {
  plaintext: [...LOGIN, "retry policy"],
  TLS: [...LOGIN, "TLS"],
  "mTLS and token": [...LOGIN, "TLS", "mTLS", "bearer token"],
};

const SHELL = ["enrol SMS", "confirm", "SMS code", "log in", "replay", "error details"];

export const SHELL_STORIES: Program["stories"] = {
  plaintext: SHELL,
  TLS: SHELL,
  "mTLS and token": SHELL,
};

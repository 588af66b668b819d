import { textFlag } from "../command-line/flags.js";

/** How a command reaches the service: over the network, or without `url` directly through the stores of the environment. */
export interface AccessFlags {
  readonly url: string | undefined;
  readonly tokenFile: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

export const ACCESS_FLAGS = {
  url: textFlag(
    "URL",
    "Service to call, such as https://countersign.internal; by default the stores are used directly",
  ),
  tokenFile: textFlag("FILE", "With --url: file of the bearer token, which is read for each call"),
  cert: textFlag("FILE", "With --url: client certificate, PEM"),
  key: textFlag("FILE", "With --url: its private key, PEM"),
  ca: textFlag("FILE", "With --url: authorities of the service's certificate, PEM, in place of the system's"),
} as const;

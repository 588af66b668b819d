import { inject } from "vitest";
import type { ConfigurationName } from "./provided.js";

/** What the programs read, as clients/README.md lists it. */
export function settingsUnder(name: ConfigurationName, phoneNumber: string): Record<string, string> {
  const { target, outbox, caFile, certFile, keyFile, tokenFile } = inject("configurations")[name];
  const settings = {
    COUNTERSIGN_TARGET: target,
    COUNTERSIGN_OUTBOX: outbox,
    COUNTERSIGN_PHONE_NUMBER: phoneNumber,
    COUNTERSIGN_CA_FILE: caFile,
    COUNTERSIGN_CERT_FILE: certFile,
    COUNTERSIGN_KEY_FILE: keyFile,
    COUNTERSIGN_TOKEN_FILE: tokenFile,
    COUNTERSIGN_UNSTEADY_TARGET: name === "plaintext" ? inject("unsteadyTarget") : undefined,
  };
  return Object.fromEntries(
    Object.entries(settings).filter((each): each is [string, string] => each[1] !== undefined),
  );
}

import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  DisableMfaRequestSchema,
  MfaDisabled,
  MfaEnabled,
  RegenerateBackupCodesRequestSchema,
  VerifySetupRequestSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { MfaClient } from "./clients.js";
import { outcomeOf, type Refusal, refusalFrom } from "./refusal.js";

/** The result of a code for a change. Unless it was accepted, nothing has changed. It does not log anyone in. */
export type CheckedChange<Accepted> =
  | ({ readonly accepted: true } & Accepted)
  | ({ readonly accepted: false } & Refusal);

/** The result of confirming an enrolment. */
export type CheckedSetup = CheckedChange<{ readonly enabled: MfaEnabled }>;
/** The result of disabling MFA. */
export type CheckedDisable = CheckedChange<{ readonly disabled: MfaDisabled }>;
/** The result of requesting new backup codes. They are secret and returned only once. */
export type CheckedRegenerate = CheckedChange<{ readonly backupCodes: readonly string[] }>;

/** VerifySetup with an unambiguous answer. Throws CountersignError as the client does. */
export async function checkSetup(
  client: Pick<MfaClient, "verifySetup">,
  request: MessageInitShape<typeof VerifySetupRequestSchema>,
): Promise<CheckedSetup> {
  const outcome = await outcomeOf(client.verifySetup(request));
  return outcome.case === "enabled"
    ? { accepted: true, enabled: outcome.value }
    : { accepted: false, ...refusalFrom(outcome) };
}

/** DisableMfa with an unambiguous answer. Throws CountersignError as the client does. */
export async function checkDisable(
  client: Pick<MfaClient, "disableMfa">,
  request: MessageInitShape<typeof DisableMfaRequestSchema>,
): Promise<CheckedDisable> {
  const outcome = await outcomeOf(client.disableMfa(request));
  return outcome.case === "disabled"
    ? { accepted: true, disabled: outcome.value }
    : { accepted: false, ...refusalFrom(outcome) };
}

/** RegenerateBackupCodes with an unambiguous answer. Throws CountersignError as the client does. */
export async function checkRegenerate(
  client: Pick<MfaClient, "regenerateBackupCodes">,
  request: MessageInitShape<typeof RegenerateBackupCodesRequestSchema>,
): Promise<CheckedRegenerate> {
  const outcome = await outcomeOf(client.regenerateBackupCodes(request));
  return outcome.case === "backupCodes"
    ? { accepted: true, backupCodes: outcome.value.codes }
    : { accepted: false, ...refusalFrom(outcome) };
}

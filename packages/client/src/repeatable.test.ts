import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { expect, test } from "vitest";
import { isRepeatable } from "./repeatable.js";

test("what may not be done twice is not sent twice by itself", () => {
  const methods = [MfaService, MfaAdminService, SecurityPolicyService].flatMap((service) => service.methods);
  const sentOnce = methods.filter((method) => !isRepeatable(method)).map(({ name }) => name);
  expect(sentOnce.sort()).toEqual([
    "DisableMfa",
    "ImportUser",
    "RegenerateBackupCodes",
    "SetupMfa",
    "VerifySetup",
  ]);
});

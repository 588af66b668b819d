import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { ServiceHandlers } from "@countersign/rpc-server";
import type { Deps } from "../app/dependencies/deps.js";
import { disableMfa } from "../app/disable-mfa.js";
import { regenerateBackupCodes } from "../app/regenerate-backup-codes.js";
import { verifyCode } from "../app/verify-code.js";
import { verifySetup } from "../app/verify-setup.js";
import { toldOf } from "./call-facts.js";
import { decodeCode, decodeVerifySetup } from "./decode.js";
import { encodeApproval, encodeRejection } from "./encode.js";

type CodeHandlers = Pick<
  ServiceHandlers<typeof MfaService>,
  "verifySetup" | "verifyCode" | "disableMfa" | "regenerateBackupCodes"
>;

/** The RPCs that take a code; its result is on the access line. */
export function codeHandlers(deps: Deps): CodeHandlers {
  return {
    verifySetup: async (request, call) => {
      const result = toldOf(call, deps.now, await verifySetup(deps, decodeVerifySetup(request, call)));
      if (result.outcome === "rejected") return { outcome: encodeRejection(result) };
      return { outcome: { case: "enabled", value: encodeApproval(result) } };
    },

    verifyCode: async (request, call) => {
      const result = toldOf(call, deps.now, await verifyCode(deps, decodeCode(request, call)));
      if (result.outcome === "rejected") return { outcome: encodeRejection(result) };
      return { outcome: { case: "approved", value: encodeApproval(result) } };
    },

    disableMfa: async (request, call) => {
      const result = toldOf(call, deps.now, await disableMfa(deps, decodeCode(request, call)));
      if (result.outcome === "rejected") return { outcome: encodeRejection(result) };
      return { outcome: { case: "disabled", value: { disableTime: timestampFromDate(result.at) } } };
    },

    regenerateBackupCodes: async (request, call) => {
      const result = toldOf(call, deps.now, await regenerateBackupCodes(deps, decodeCode(request, call)));
      if (result.outcome === "rejected") return { outcome: encodeRejection(result) };
      return { outcome: { case: "backupCodes", value: { codes: [...result.codes] } } };
    },
  };
}

import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { type ServedService, serveService } from "@countersign/rpc-server";
import type { Deps } from "../app/dependencies/deps.js";
import { disableMfa } from "../app/disable-mfa.js";
import { getMfaStatus } from "../app/get-mfa-status.js";
import { isMfaRequired } from "../app/is-mfa-required.js";
import { regenerateBackupCodes } from "../app/regenerate-backup-codes.js";
import { sendVerificationCode } from "../app/send-verification-code.js";
import { setupMfa } from "../app/setup-mfa.js";
import { verifyCode } from "../app/verify-code.js";
import { verifySetup } from "../app/verify-setup.js";
import { decodeCode, decodeSend, decodeSetup, decodeSubject, decodeVerifySetup } from "./decode.js";
import {
  encodeApproval,
  encodeChallenge,
  encodeEnrolment,
  encodeRejection,
  encodeRequirement,
  encodeStatus,
} from "./encode.js";

/** Each handler is three moves: decode, one use case, encode. */
export function createMfaService(deps: Deps): ServedService {
  return serveService(MfaService, {
    setupMfa: async (request, call) => encodeEnrolment(await setupMfa(deps, decodeSetup(request, call))),

    verifySetup: async (request, call) => {
      const result = await verifySetup(deps, decodeVerifySetup(request, call));
      if (result.outcome === "rejected") return { outcome: encodeRejection(result) };
      return { outcome: { case: "enabled", value: encodeApproval(result) } };
    },

    sendVerificationCode: async (request, call) => {
      const challenge = await sendVerificationCode(deps, decodeSend(request, call));
      return { challenge: encodeChallenge(challenge) };
    },

    verifyCode: async (request, call) => {
      const result = await verifyCode(deps, decodeCode(request, call));
      if (result.outcome === "rejected") return { outcome: encodeRejection(result) };
      return { outcome: { case: "approved", value: encodeApproval(result) } };
    },

    disableMfa: async (request, call) => {
      const result = await disableMfa(deps, decodeCode(request, call));
      if (result.outcome === "rejected") return { outcome: encodeRejection(result) };
      return { outcome: { case: "disabled", value: { disableTime: timestampFromDate(result.at) } } };
    },

    regenerateBackupCodes: async (request, call) => {
      const result = await regenerateBackupCodes(deps, decodeCode(request, call));
      if (result.outcome === "rejected") return { outcome: encodeRejection(result) };
      return { outcome: { case: "backupCodes", value: { codes: [...result.codes] } } };
    },

    getMfaStatus: async (request, call) =>
      encodeStatus(await getMfaStatus(deps, decodeSubject(request, call))),

    isMfaRequired: async (request, call) => {
      const input = { ...decodeSubject(request, call), isAdmin: request.isAdmin };
      return encodeRequirement(await isMfaRequired(deps, input));
    },
  });
}

import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { type ServedService, serveService } from "@countersign/rpc-server";
import type { Deps } from "../app/dependencies/deps.js";
import { getMfaStatus } from "../app/get-mfa-status.js";
import { isMfaRequired } from "../app/is-mfa-required.js";
import { sendVerificationCode } from "../app/send-verification-code.js";
import { setupMfa } from "../app/setup-mfa.js";
import { codeHandlers } from "./code-handlers.js";
import { decodeSend, decodeSetup, decodeSubject } from "./decode.js";
import { encodeChallenge, encodeEnrolment, encodeRequirement, encodeStatus } from "./encode.js";

/** Each handler is three moves: decode, one use case, encode. */
export function createMfaService(deps: Deps): ServedService {
  return serveService(MfaService, {
    ...codeHandlers(deps),

    setupMfa: async (request, call) => encodeEnrolment(await setupMfa(deps, decodeSetup(request, call))),

    sendVerificationCode: async (request, call) => {
      const challenge = await sendVerificationCode(deps, decodeSend(request, call));
      return { challenge: encodeChallenge(challenge) };
    },

    getMfaStatus: async (request, call) =>
      encodeStatus(await getMfaStatus(deps, decodeSubject(request, call))),

    isMfaRequired: async (request, call) => {
      const input = { ...decodeSubject(request, call), isAdmin: request.isAdmin };
      return encodeRequirement(await isMfaRequired(deps, input));
    },
  });
}

import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { type ServedService, serveService } from "@countersign/rpc-server";
import type { Deps } from "../app/dependencies/deps.js";
import { eraseUser } from "../app/erase-user.js";
import { importUser } from "../app/import-user.js";
import { listAuditEvents } from "../app/list-audit-events.js";
import { listUsersByState } from "../app/list-users-by-state.js";
import { resetMfa } from "../app/reset-mfa.js";
import { unlockUser } from "../app/unlock-user.js";
import { decodeAdminAct, decodeCount } from "./decode-admin.js";
import { decodeImport } from "./decode-import.js";
import { decodeListAudit } from "./decode-list-audit.js";
import { encodeAuditEvent, encodeUserStateCount } from "./encode-audit.js";

/** Each handler is three moves: decode, one use case, encode. */
export function createMfaAdminService(deps: Deps): ServedService {
  return serveService(MfaAdminService, {
    resetMfa: async (request, call) => {
      const { at, userUnknown } = await resetMfa(deps, decodeAdminAct(request, call));
      return { resetTime: timestampFromDate(at), userUnknown };
    },

    unlockUser: async (request, call) => {
      const { at, userUnknown } = await unlockUser(deps, decodeAdminAct(request, call));
      return { unlockTime: timestampFromDate(at), userUnknown };
    },

    eraseUser: async (request, call) => {
      const { at, userUnknown } = await eraseUser(deps, decodeAdminAct(request, call));
      return { eraseTime: timestampFromDate(at), userUnknown };
    },

    listAuditEvents: async (request, call) => {
      const page = await listAuditEvents(deps, decodeListAudit(request, call));
      const { entries, nextPageToken = "", userUnknown } = page;
      return { events: entries.map(encodeAuditEvent), nextPageToken, userUnknown };
    },

    listUsersByState: async (_, call) => {
      const counts = await listUsersByState(deps, decodeCount(call));
      return { counts: counts.map(encodeUserStateCount) };
    },

    importUser: async (request, call) => {
      const { at, expireTime } = await importUser(deps, decodeImport(request, call));
      return {
        importTime: timestampFromDate(at),
        ...(expireTime === undefined ? {} : { expireTime: timestampFromDate(expireTime) }),
      };
    },
  });
}

import { createServer } from "node:http2";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { answerParent } from "../src/process/child.js";
import { listening } from "../src/process/listening.js";
import type { ServerMessage, ServerReply } from "../src/servers/server-message.js";
import { createPlainVerify } from "./verify-totp.js";

/** The plain form to compare with: Connect's adapter over `verify-totp.ts`. */
const clock = { ms: Date.now() };
const { DATABASE_URL = "", REDIS_URL = "", ENCRYPTION_KEY = "" } = process.env;
const verify = createPlainVerify({
  databaseUrl: DATABASE_URL,
  redisUrl: REDIS_URL,
  encryptionKey: ENCRYPTION_KEY,
  now: () => new Date(clock.ms),
});

const server = createServer(
  connectNodeAdapter({
    routes: (router) => {
      router.service(MfaService, {
        verifyCode: async ({ userId, code }) => {
          const accepted = await verify(userId as Parameters<typeof verify>[0], code);
          if (accepted === undefined) {
            return { outcome: { case: "rejected", value: { reason: RejectionReason.INVALID_CODE } } };
          }
          const { at, remaining } = accepted;
          const value = {
            method: Method.TOTP,
            verifyTime: timestampFromDate(at),
            backupCodesRemaining: remaining,
          };
          return { outcome: { case: "approved", value } };
        },
      });
    },
  }),
);
const port = await listening(server);

answerParent((message: ServerMessage): Promise<ServerReply> => {
  if (message.kind === "clock") clock.ms = message.ms;
  return Promise.resolve({ port });
});

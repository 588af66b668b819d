import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  GetMfaStatusRequestSchema,
  SendVerificationCodeRequestSchema,
  VerifyCodeRequestSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { HealthCheckRequestSchema } from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { BACKUP_CODES, totpCodeOf, userIdOf } from "../seed/bench-user.js";
import { unaryRequest } from "./http2-frames.js";

/** What to send, as one process tells it another. `users` are numbers of users. */
export type RequestSpec =
  /** Which every server of the benchmark answers with SERVING: no work at all. */
  | { readonly kind: "empty" }
  /** One code of each user for each of the steps, all users before the next step. */
  | { readonly kind: "totp"; readonly users: readonly number[]; readonly steps: readonly number[] }
  | { readonly kind: "backup-code"; readonly users: readonly number[]; readonly code: number }
  /** A code by e-mail for each user. */
  | { readonly kind: "send"; readonly users: readonly number[] }
  | {
      readonly kind: "sent-code";
      readonly codes: readonly { readonly user: number; readonly code: string }[];
    }
  | { readonly kind: "status"; readonly users: readonly number[] }
  /** Whole HTTP/1.1 requests, used in turn. */
  | { readonly kind: "http1"; readonly requests: readonly string[] };

/** Requests made in advance, so that making them is no part of what is measured. */
export interface PreparedRequests {
  readonly protocol: "grpc" | "http1";
  readonly requests: readonly Buffer[];
  /** Whether one may be sent again: a code is accepted once. */
  readonly repeatable: boolean;
  /** The first byte of an answer that is a success: the tag of its first field. */
  readonly successByte: number;
}

const FIELD_1_MESSAGE = 0x0a;
const FIELD_1_NUMBER = 0x08;

export function prepareRequests(spec: RequestSpec): PreparedRequests {
  switch (spec.kind) {
    case "empty":
      return repeatable([grpc("/grpc.health.v1.Health/Check", HealthCheckRequestSchema, {})]);
    case "status":
      return repeatable(
        spec.users.map((user) =>
          grpc(mfa("GetMfaStatus"), GetMfaStatusRequestSchema, { userId: userIdOf(user) }),
        ),
      );
    case "totp":
      return codes(
        spec.steps.flatMap((step) => spec.users.map((user) => ({ user, code: totpCodeOf(user, step) }))),
      );
    case "send":
      return once(
        spec.users.map((user) =>
          grpc(mfa("SendVerificationCode"), SendVerificationCodeRequestSchema, { userId: userIdOf(user) }),
        ),
      );
    case "sent-code":
      return codes(spec.codes);
    case "backup-code": {
      const code = BACKUP_CODES[spec.code] ?? "";
      return codes(spec.users.map((user) => ({ user, code })));
    }
    case "http1": {
      const requests = spec.requests.map((request) => Buffer.from(request, "latin1"));
      return { protocol: "http1", requests, repeatable: true, successByte: 0 };
    }
  }
}

function mfa(method: string): string {
  return `/countersign.mfa.v1.MfaService/${method}`;
}

function repeatable(requests: readonly Buffer[]): PreparedRequests {
  return { protocol: "grpc", requests, repeatable: true, successByte: FIELD_1_NUMBER };
}

function codes(of: readonly { readonly user: number; readonly code: string }[]): PreparedRequests {
  return once(
    of.map(({ user, code }) =>
      grpc(mfa("VerifyCode"), VerifyCodeRequestSchema, { userId: userIdOf(user), code }),
    ),
  );
}

function once(requests: readonly Buffer[]): PreparedRequests {
  return { protocol: "grpc", requests, repeatable: false, successByte: FIELD_1_MESSAGE };
}

function grpc<S extends DescMessage>(path: string, schema: S, message: MessageInitShape<S>): Buffer {
  return unaryRequest(path, toBinary(schema, create(schema, message)));
}

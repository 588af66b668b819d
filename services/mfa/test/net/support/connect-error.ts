import { fromBinary } from "@bufbuild/protobuf";
import { ErrorInfoSchema, RequestInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { expect } from "vitest";

interface ConnectErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details: readonly { type: string; value: string }[];
}

/** An error in Connect's JSON form, which must have exactly one ErrorInfo, of our domain, and one RequestInfo. */
export function connectErrorIn(body: string) {
  const { code, message, details } = JSON.parse(body) as ConnectErrorBody;
  const bytesOf = (wanted: string) => {
    const found = details.filter(({ type }) => type === wanted);
    expect(found).toHaveLength(1);
    return Buffer.from(found[0]?.value ?? "", "base64");
  };
  const { reason, domain } = fromBinary(ErrorInfoSchema, bytesOf("google.rpc.ErrorInfo"));
  expect(domain).toBe("countersign");
  const { requestId } = fromBinary(RequestInfoSchema, bytesOf("google.rpc.RequestInfo"));
  return { reason, requestId, code, message };
}

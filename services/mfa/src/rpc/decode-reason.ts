import type { DescEnum } from "@bufbuild/protobuf";
import { ErrorReasonSchema } from "@countersign/protocol/countersign/mfa/v1/error_reason_pb.js";
import { RejectionReasonSchema } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { type Parsed, parsed, problem } from "../domain/parsed.js";

/** A reason as the audit log names it. Undefined for UNSPECIFIED. */
export function parseRejectionReason(input: number): Parsed<string | undefined> {
  return parseReason(RejectionReasonSchema, input);
}

/** A reason as the audit log names it. Undefined for UNSPECIFIED. */
export function parseErrorReason(input: number): Parsed<string | undefined> {
  return parseReason(ErrorReasonSchema, input);
}

function parseReason({ value }: DescEnum, input: number): Parsed<string | undefined> {
  if (input === 0) return parsed(undefined);
  const known = value[input];
  return known === undefined ? problem("is not a known reason") : parsed(known.localName);
}

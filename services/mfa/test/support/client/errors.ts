import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";

/** The one reason of an error, which is part of the contract: exactly one ErrorInfo of our domain. */
function onlyReason(error: unknown): string {
  if (!(error instanceof ConnectError)) throw new Error(`not an error of the API: ${String(error)}`);
  const infos = error.findDetails(ErrorInfoSchema);
  if (infos.length !== 1 || infos[0]?.domain !== "countersign") throw new Error(`${infos.length} ErrorInfos`);
  return infos[0].reason;
}

/** For `rejects.toSatisfy`. */
export function reasonOf(reason: string): (error: unknown) => boolean {
  return (error) => onlyReason(error) === reason;
}

/** The fields at fault. */
export function fieldsAtFault(error: unknown): string[] {
  if (!(error instanceof ConnectError)) throw new Error(`not an error of the API: ${String(error)}`);
  return error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
}

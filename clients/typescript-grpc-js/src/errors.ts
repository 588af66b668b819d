import { Metadata } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo, RetryInfo } from "./gen/google/rpc/error_details.js";
import { Status } from "./gen/google/rpc/status.js";

// snippet:reason begin
/** The reason of an error of Countersign's, by which to branch; undefined for any other, a broken connection say. */
export function reasonOf(error: unknown): string | undefined {
  const info = detailOf(error, "google.rpc.ErrorInfo", ErrorInfo);
  return info?.domain === "countersign" ? info.reason : undefined;
}

function detailOf<T>(error: unknown, name: string, { decode }: Decodes<T>): T | undefined {
  if (!(error instanceof Error && "metadata" in error && error.metadata instanceof Metadata))
    return undefined;
  const [status] = error.metadata.get("grpc-status-details-bin");
  if (!(status instanceof Uint8Array)) return undefined;
  const detail = Status.decode(status).details.find(({ typeUrl }) => typeUrl.endsWith(`/${name}`));
  return detail === undefined ? undefined : decode(detail.value);
}

interface Decodes<T> {
  readonly decode: (bytes: Uint8Array) => T;
}
// snippet:reason end

/** The fields of the request that Countersign did not take. */
export function fieldsOf(error: unknown): string[] {
  const violations = detailOf(error, "google.rpc.BadRequest", BadRequest)?.fieldViolations ?? [];
  return violations.map(({ field }) => field);
}

/** How long to wait before trying again, in milliseconds; undefined where trying again does not help. */
export function retryAfterMsOf(error: unknown): number | undefined {
  const delay = detailOf(error, "google.rpc.RetryInfo", RetryInfo)?.retryDelay;
  return delay === undefined ? undefined : delay.seconds * 1_000 + Math.ceil(delay.nanos / 1_000_000);
}

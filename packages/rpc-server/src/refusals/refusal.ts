import type { DescField, DescMessage, DescOneof } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import type { FieldViolation } from "../errors/error-door.js";
import { TransportError } from "../errors/transport-error.js";
import { tooLarge } from "./message-limit.js";

/**
 * Our error for a request that Connect refused before its handler. Connect's own text is never forwarded: for a field of the wrong type it quotes the
 * value, which may be a code.
 */
export function refusalOf(error: ConnectError, request: DescMessage): TransportError {
  if (error.code === Code.ResourceExhausted) return tooLarge();
  if (error.code === Code.Unimplemented) {
    return new TransportError(
      "UNIMPLEMENTED",
      "the request's compression or number of messages is not supported",
    );
  }
  const violation = misreadField(error.cause, request);
  return violation === undefined
    ? new TransportError("MALFORMED_REQUEST", "the request could not be decoded")
    : new TransportError("MALFORMED_REQUEST", `${violation.field}: ${violation.description}`, {
        violations: [violation],
      });
}

/** The invalid field of a JSON request, if the decoder reports it: as a field, or by the name of a field or type. */
function misreadField(cause: unknown, request: DescMessage): FieldViolation | undefined {
  if (!(cause instanceof Error)) return undefined;
  const unknown = /: key "([A-Za-z_]\w{0,63})" is unknown$/.exec(cause.message)?.[1];
  if (unknown !== undefined) return { field: unknown, description: "is not a field of this request" };
  const typeName = /^cannot decode (?:message|enum) ([\w.]+) from JSON/.exec(cause.message)?.[1];
  const field = isFieldError(cause.cause)
    ? pathOf(cause.cause.field(), request)
    : fieldOfType(typeName, request);
  return field === undefined
    ? undefined
    : { field, description: "has the wrong type, is out of range or is set twice" };
}

interface FieldError {
  field(): DescField | DescOneof;
}

function isFieldError(error: unknown): error is FieldError {
  return error instanceof Error && "field" in error && typeof error.field === "function";
}

/** The path in proto form of a field of the request or of a message directly inside it. */
function pathOf(field: DescField | DescOneof, request: DescMessage): string {
  const outer = request.fields.find(({ message }) => message === field.parent);
  return outer === undefined ? field.name : `${outer.name}.${field.name}`;
}

/** The field of the request that has the type; undefined if several have. */
function fieldOfType(typeName: string | undefined, request: DescMessage): string | undefined {
  const fields = request.fields.filter(({ message, enum: type }) => (message ?? type)?.typeName === typeName);
  return fields.length === 1 && typeName !== undefined ? fields[0]?.name : undefined;
}

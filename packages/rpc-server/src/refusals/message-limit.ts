import { TransportError } from "../errors/transport-error.js";

/** Most bytes of one message, after decompression. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** The error for a message over the limit. */
export function tooLarge(): TransportError {
  return new TransportError("MESSAGE_TOO_LARGE", `the message is larger than ${MAX_MESSAGE_BYTES} bytes`);
}

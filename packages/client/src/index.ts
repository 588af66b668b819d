export { type CheckedCode, checkCode } from "./check-code.js";
export { createMfaClient, type MfaClient, type MfaClientOptions } from "./create-mfa-client.js";
export { reasonOf, retryAfterMsOf } from "./error-details.js";

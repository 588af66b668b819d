/** The scenarios that ratios are made of. */
export const RAW = "floor: raw HTTP/2 + protobuf";
export const OUR_EMPTY = "empty RPC: Countersign";
export const TOTP = "VerifyCode, TOTP";
export const TOTP_BESIDE_BACKUP = "VerifyCode, TOTP, beside 20 backup codes/s";
export const TOTP_TWO_PROCESSES = "VerifyCode, TOTP, two processes";
export const PLAIN = "VerifyCode, TOTP: plain form";
export const BETTER_AUTH = "TOTP verification: Better Auth";

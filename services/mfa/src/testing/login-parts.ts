/** The parts of one TOTP login, for measuring each alone. The service itself never imports this. */

export { UNOBSERVED } from "../crypto/crypto-observer.js";
export { auditRowMaker, secretCipher } from "../crypto/keyed-ports.js";
export { matchTotp } from "../domain/factor/totp.js";
export { LOCKOUT_SCHEDULE_MS, MAX_CONSECUTIVE_FAILURES } from "../domain/throttle/lockout-policy.js";
export type { UserId } from "../domain/user-id.js";
export { openRedis, redisReady } from "../storage/redis/client/redis-client.js";
export { createRedisAttemptStore } from "../storage/redis/verification/redis-attempt-store.js";
export { createLogger } from "../telemetry/log/logger.js";

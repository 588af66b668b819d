/** The whole service in the process of whoever imports it. */
export { loadServiceConfig } from "../config/service-config.js";
export { startServer } from "../server.js";
export { redisTarget } from "../storage/redis/client/redis-address.js";

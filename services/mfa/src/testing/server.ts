/** The whole service, in the importing process. */
export { loadServiceConfig } from "../config/service-config.js";
export { startServer } from "../server.js";
export { redisTarget } from "../storage/redis/client/redis-address.js";

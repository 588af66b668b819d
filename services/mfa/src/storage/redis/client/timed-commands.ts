import type { Command, Redis } from "ioredis";
import type { RedisClient } from "./redis-client.js";

/** Tells how long each command took, in seconds, failed ones included. `observe` must not throw. */
export function timeCommands(redis: RedisClient, observe: (seconds: number) => void): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command: Command, stream?: Parameters<Redis["sendCommand"]>[1], node?: unknown) => {
    const start = performance.now();
    const done = () => observe((performance.now() - start) / 1_000);
    command.promise.then(done, done);
    return send(command, stream, node);
  };
}

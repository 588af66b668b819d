import type { Command, Redis } from "ioredis";
import type { RedisClient } from "./redis-client.js";

/** Hears of each command how many seconds it took and, where it failed, why. Must not throw. */
export type CommandObserver = (seconds: number, error?: unknown) => void;

/** Watches every command, failed ones included. */
export function timeCommands(redis: RedisClient, observe: CommandObserver): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command: Command, stream?: Parameters<Redis["sendCommand"]>[1], node?: unknown) => {
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1_000;
    command.promise.then(
      () => observe(seconds()),
      (error: unknown) => observe(seconds(), error),
    );
    return send(command, stream, node);
  };
}

import type { Command, Redis } from "ioredis";
import type { RedisClient } from "./redis-client.js";

/** Called with the duration of each command in seconds and, if it failed, the error. Must not throw. */
export type CommandObserver = (seconds: number, error?: unknown) => void;

/** Times every command, including failed ones. */
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

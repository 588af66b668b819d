import type { Redis } from "ioredis";

/** Tells how long each command took, in seconds, failed ones included. `observe` must not throw. */
export function timeCommands(redis: Redis, observe: (seconds: number) => void): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const start = performance.now();
    const done = () => observe((performance.now() - start) / 1_000);
    command.promise.then(done, done);
    return send(command, stream);
  };
}

import type { Redis } from "ioredis";

/**
 * Commands of one turn of the event loop go to the socket in one write: those of calls that came together, or that one answer of Postgres
 * set going. Each is still a command of its own, with its own answer and its own time limit.
 */
export function shareWrites(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis);
  let held: Redis["stream"] | undefined;

  function release(): void {
    held?.uncork();
    held = undefined;
  }

  redis.sendCommand = (command, stream) => {
    // Undefined until the first connection.
    const socket = redis.stream as Redis["stream"] | undefined;
    if (held === undefined && socket !== undefined) {
      held = socket;
      socket.cork();
      setImmediate(release);
    }
    return send(command, stream);
  };
  return redis;
}

import type { Attributes, Tracer } from "@countersign/telemetry-ports";
import type { Command, Redis } from "ioredis";
import type { RedisTarget } from "./redis-address.js";
import type { RedisClient } from "./redis-client.js";
import { scriptName } from "./script.js";

/** Traces each command of a call by its name and its script's, without keys and arguments, which concern users. */
export function traceCommands(redis: RedisClient, tracer: Tracer, target: RedisTarget): void {
  const server = serverOf(target);
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command: Command, stream?: Parameters<Redis["sendCommand"]>[1], node?: unknown) => {
    if (tracer.current()?.sampled === true) showCommand(tracer, command, server);
    return send(command, stream, node);
  };
}

/** With several servers, only the driver knows which one it used. */
function serverOf(target: RedisTarget): Attributes {
  return target.topology === "single"
    ? { "server.address": target.server.host, "server.port": target.server.port }
    : {};
}

const RUNS_SCRIPT: ReadonlySet<string> = new Set(["EVALSHA", "EVAL"]);

function showCommand(tracer: Tracer, { name, args, promise }: Command, server: Attributes): void {
  const operation = name.toUpperCase();
  const script = RUNS_SCRIPT.has(operation) ? scriptName(String(args[0])) : undefined;
  const span = tracer.ask(script === undefined ? operation : `${operation} ${script}`, {
    "db.system.name": "redis",
    "db.operation.name": operation,
    ...(script === undefined ? {} : { "db.stored_procedure.name": script }),
    ...server,
  });
  promise.then(
    () => span?.end(),
    (error: unknown) => {
      const word = wordOf(error);
      if (word !== undefined) span?.set({ "db.response.status_code": word });
      span?.end(word ?? (isTimeout(error) ? "timeout" : "_OTHER"));
    },
  );
}

/** Redis begins its errors with a word in capitals, for example READONLY; the rest may repeat arguments. */
function wordOf(error: unknown): string | undefined {
  return error instanceof Error ? /^[A-Z]{2,20}(?= |$)/.exec(error.message)?.[0] : undefined;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === "Command timed out";
}

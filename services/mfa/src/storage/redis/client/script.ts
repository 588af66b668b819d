import { createHash } from "node:crypto";
import type { RedisClient } from "./redis-client.js";

/** One Lua script, so that each step of a guard is atomic. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

const names = new Map<string, string>();

/** The name is for traces, which see only what is sent to Redis. */
export function defineScript(name: string, source: string): Script {
  const sha = createHash("sha1").update(source).digest("hex");
  names.set(sha, name).set(source, name);
  return { source, sha };
}

/** The name of the script with this digest or source. */
export function scriptName(sent: string): string | undefined {
  return names.get(sent);
}

/** Runs by digest; if a server has lost its scripts (restart, failover), sends the source once. */
export function runScript(
  redis: RedisClient,
  script: Script,
  input: { readonly keys: readonly string[]; readonly args: readonly (string | number)[] },
): Promise<unknown> {
  const rest = [input.keys.length, ...input.keys, ...input.args] as const;
  return redis.evalsha(script.sha, ...rest).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return redis.eval(script.source, ...rest);
  });
}

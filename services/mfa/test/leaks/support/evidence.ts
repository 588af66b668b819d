import { readdir, readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type DescMethod, toJsonString } from "@bufbuild/protobuf";
import { ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Redis } from "ioredis";
import type postgres from "postgres";
import type { Canary, CanaryKind } from "./canary.js";

export type Place =
  | "log"
  | "output"
  | "error"
  | "answer"
  | "secret answer"
  | "postgres"
  | "redis"
  | "store files"
  | "admin page"
  | "trace";

/** Everything that was seen outside the service's memory, to be searched for canaries. */
export class Evidence {
  readonly canaries: Canary[] = [];
  /** RPCs that were called. */
  readonly called = new Set<DescMethod>();
  /** What was seen, with how many of the canaries it has been searched for. */
  readonly #seen = new Map<Place, Map<string, number>>();
  readonly #found = new Set<string>();

  add(place: Place, text: string | Uint8Array): void {
    const exact = typeof text === "string" ? Buffer.from(text).toString("latin1") : latin1(text);
    this.#keep(place, exact);
    // A database shows bytes as hex: what they hold counts as well.
    for (const [, hex] of exact.matchAll(/\\x([0-9a-f]{12,})/g))
      this.#keep(place, latin1(Buffer.from(hex ?? "", "hex")));
  }

  /** How much was seen: a scan of nothing finds nothing. */
  count(place: Place): number {
    return this.#seen.get(place)?.size ?? 0;
  }

  /** Every kind of canary and the place where it turned up, never the canary. */
  leaks(): readonly string[] {
    for (const [place, seen] of this.#seen)
      for (const [exact, searched] of seen) {
        if (searched === this.canaries.length) continue;
        const folded = exact.toLowerCase();
        for (const canary of this.canaries.slice(searched))
          if (!mayHold(place, canary.kind) && canary.isIn(exact, folded))
            this.#found.add(`${canary.kind} in ${place}`);
        seen.set(exact, this.canaries.length);
      }
    return [...this.#found].sort();
  }

  #keep(place: Place, exact: string): void {
    const seen = this.#seen.get(place) ?? new Map<string, number>();
    this.#seen.set(place, seen);
    if (!seen.has(exact)) seen.set(exact, 0);
  }
}

/** SetupMfa and RegenerateBackupCodes answer new secrets, once; nothing else does, and no answer holds a code that was sent. */
function mayHold(place: Place, kind: CanaryKind): boolean {
  return place === "secret answer" && (kind === "totp secret" || kind === "backup code");
}

const SECRET_ANSWERS = new Set(["SetupMfa", "RegenerateBackupCodes"]);

/** Keeps every answer and error that a client gets, with all that an error carries. */
export function witness(evidence: Evidence, afterCall: () => Promise<void>): Interceptor {
  return (next) => async (request) => {
    evidence.called.add(request.method);
    try {
      const response = await next(request);
      if (!response.stream) {
        const place = SECRET_ANSWERS.has(request.method.name) ? "secret answer" : "answer";
        evidence.add(place, toJsonString(response.method.output, response.message));
      }
      return response;
    } catch (error) {
      const { message, metadata, details } = ConnectError.from(error);
      evidence.add("error", message);
      evidence.add("error", JSON.stringify([...metadata]));
      for (const detail of details)
        if ("value" in detail && detail.value instanceof Uint8Array) evidence.add("error", detail.value);
      throw error;
    } finally {
      await afterCall();
    }
  };
}

/** Every row of every table as text, partitions included. */
export async function dumpPostgres(sql: postgres.Sql, evidence: Evidence): Promise<void> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)'`;
  for (const { name } of tables) {
    const rows = await sql.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`);
    for (const { row } of rows) evidence.add("postgres", row);
  }
}

/** Every file of a store's folder that was written, as the disk has it. */
export async function readStoreFiles(
  folder: string,
  { place, evidence }: { readonly place: Place; readonly evidence: Evidence },
): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) evidence.add(place, await readFile(join(parentPath, name)));
  return files.length;
}

const READERS: Readonly<Record<string, (redis: Redis, key: string) => Promise<unknown>>> = {
  string: (redis, key) => redis.get(key),
  hash: (redis, key) => redis.hgetall(key),
  list: (redis, key) => redis.lrange(key, 0, -1),
  set: (redis, key) => redis.smembers(key),
  zset: (redis, key) => redis.zrange(key, 0, "-1", "WITHSCORES"),
};

/** Every key and its value, as its type reads it and as the snapshot on disk has it. */
export async function dumpRedis(redis: Redis, evidence: Evidence): Promise<void> {
  for await (const found of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>)
    for (const key of found) {
      evidence.add("redis", key);
      // Either is gone when the key has expired since it was found.
      evidence.add("redis", JSON.stringify((await READERS[await redis.type(key)]?.(redis, key)) ?? null));
      const stored = await redis.callBuffer("DUMP", key);
      if (stored instanceof Buffer) evidence.add("redis", stored);
    }
}

const ADMIN_PAGES = ["/livez", "/startupz", "/readyz?verbose", "/metrics"];

/** What probes and collectors see. */
export async function readAdminPages({ port }: AddressInfo, evidence: Evidence): Promise<void> {
  for (const page of ADMIN_PAGES) {
    const response = await fetch(`http://127.0.0.1:${port}${page}`);
    evidence.add("admin page", `${page} ${response.status} ${await response.text()}`);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

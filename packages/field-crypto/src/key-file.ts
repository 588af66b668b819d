import { createSecretKey } from "node:crypto";
import type { StoredKey } from "./master-key.js";
import { weaknessOf } from "./weak-secret.js";

/**
 * A key file is a JSON object of exactly these three fields; its name is the key's id. The file "primary" names the active key, so that a promotion
 * replaces one file and no reader ever sees two active keys or none.
 */
interface KeyFile {
  /** RFC 3339, UTC. */
  readonly createTime: string;
  readonly state: "enabled" | "retired";
  /** 32 random bytes in standard base64 with padding. */
  readonly secret: string;
}

const FIELDS = ["createTime", "state", "secret"] satisfies (keyof KeyFile)[];
const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

/** The content of the key's file, including the secret. */
export function encodeKeyFile({ createTime, state, secret }: StoredKey): string {
  const file: KeyFile = {
    createTime: createTime.toISOString(),
    state: state === "retired" ? "retired" : "enabled",
    secret: secret.export().toString("base64"),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** The key in a file, not yet marked "active"; or every problem of the file, none of which quotes it. */
export function parseKeyFile(id: string, content: string): StoredKey | readonly string[] {
  const fields = parseObject(content);
  if (!fields) return [`key ${id} is not a JSON object`];
  const { createTime, state, secret } = fields;
  const problems: string[] = [];
  if (Object.keys(fields).some((name) => !FIELDS.includes(name as keyof KeyFile)))
    problems.push(`key ${id} has a field other than ${FIELDS.join(", ")}`);
  if (!isUtcTime(createTime)) problems.push(`key ${id} has no createTime such as 2026-01-31T12:00:00Z`);
  if (state !== "enabled" && state !== "retired")
    problems.push(`key ${id} has no state "enabled" or "retired"`);
  const weakness = typeof secret === "string" ? weaknessOf(secret) : "is not a string";
  if (weakness !== undefined) problems.push(`the secret of key ${id} ${weakness}`);
  if (problems.length > 0) return problems;
  return {
    id,
    state: state === "retired" ? "retired" : "decrypt-only",
    createTime: new Date(String(createTime)),
    secret: createSecretKey(String(secret), "base64"),
  };
}

function parseObject(content: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // JSON.parse quotes its input in the error, and the input is a key.
    return undefined;
  }
}

function isUtcTime(value: unknown): boolean {
  return typeof value === "string" && UTC_TIME.test(value) && !Number.isNaN(Date.parse(value));
}

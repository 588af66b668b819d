import { OpenError, type OpenFailure } from "@countersign/field-crypto";
import { SEALED_COLUMNS, type SealedColumn } from "../../../domain/crypto/secret-cipher.js";
import type { Database } from "../database/database.js";
import {
  countValuesToRewrap,
  readValuesToRewrap,
  replaceSealedValue,
  type SealedValue,
} from "./sealed-values.js";

export interface RewrapProgress {
  /** Values processed, of `total` that needed it when the run began. */
  readonly done: number;
  readonly total: number;
  /** Sealed again by this run. The others changed meanwhile, or cannot be decrypted. */
  readonly rewrapped: number;
  readonly refused: number;
}

interface RewrapOptions {
  readonly database: Database;
  readonly activeKeyId: string;
  /** The value sealed under the active key, undefined when it is already. Throws OpenError. */
  readonly rewrap: (value: SealedValue) => Buffer | undefined;
  readonly batchSize: number;
  readonly onProgress: (progress: RewrapProgress) => void;
  /** Called if a value cannot be decrypted: it stays unchanged, and its key is still needed. */
  readonly onRefused: (value: SealedValue, reason: OpenFailure) => void;
}

/**
 * Seals values of other keys again under the active key, online and in batches. The values themselves show the progress, so a killed run is simply
 * started again, and concurrent runs share the work. Returns how many values remain.
 */
export async function rewrapValues(
  options: RewrapOptions,
): Promise<RewrapProgress & { readonly remaining: number }> {
  const total = await remaining(options);
  let progress: RewrapProgress = { done: 0, total, rewrapped: 0, refused: 0 };
  for (const column of SEALED_COLUMNS) {
    for await (const batch of batches(options, column)) {
      const outcomes = await Promise.all(batch.map((value) => rewrapOne(options, value)));
      progress = {
        total,
        done: progress.done + batch.length,
        rewrapped: progress.rewrapped + count(outcomes, "rewrapped"),
        refused: progress.refused + count(outcomes, "refused"),
      };
      options.onProgress(progress);
    }
  }
  return { ...progress, remaining: await remaining(options) };
}

/** Keyset pages: a position in the primary key stays valid when other rows change. */
async function* batches(
  { database, activeKeyId, batchSize }: RewrapOptions,
  column: SealedColumn,
): AsyncGenerator<readonly SealedValue[]> {
  let after: string | undefined;
  do {
    const page = { column, activeKeyId, after, limit: batchSize };
    const batch = await database.run((orm) => readValuesToRewrap(orm, page));
    if (batch.length > 0) yield batch;
    after = batch.at(-1)?.factorId;
  } while (after !== undefined);
}

type Outcome = "rewrapped" | "unchanged" | "refused";

async function rewrapOne(
  { database, rewrap, onRefused }: RewrapOptions,
  value: SealedValue,
): Promise<Outcome> {
  try {
    const fresh = rewrap(value);
    if (fresh === undefined) return "unchanged";
    const replaced = await database.run((orm) => replaceSealedValue(orm, value, fresh));
    return replaced ? "rewrapped" : "unchanged";
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    onRefused(value, error.reason);
    return "refused";
  }
}

async function remaining({ database, activeKeyId }: RewrapOptions): Promise<number> {
  const counts = SEALED_COLUMNS.map((column) =>
    database.run((orm) => countValuesToRewrap(orm, { column, activeKeyId })),
  );
  return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
}

function count(outcomes: readonly Outcome[], wanted: Outcome): number {
  return outcomes.filter((outcome) => outcome === wanted).length;
}

import type { UserMfa } from "../factor/factor.js";
import type { UserId } from "../user-id.js";

export interface ExportPage {
  readonly users: readonly UserMfa[];
  /** Where the next page begins; undefined after the last one. */
  readonly last: UserId | undefined;
}

/**
 * Users whose factor is active and was created at `before` or earlier: while the service runs, their number only decreases. Every method must throw
 * MfaError STORE_UNAVAILABLE when the store is down or slow.
 */
export interface ExportStore {
  countUsers(before: Date): Promise<number>;

  /** Must return at most `limit` of them, each from one snapshot, each once over all pages, in a stable order. */
  readPage(page: {
    readonly before: Date;
    readonly after: UserId | undefined;
    readonly limit: number;
  }): Promise<ExportPage>;
}

import type { UserMfa } from "../factor/factor.js";
import type { UserId } from "../user-id.js";

export interface ExportPage {
  readonly users: readonly UserMfa[];
  /** Where the next page begins; undefined after the last one. */
  readonly last: UserId | undefined;
}

/**
 * Users whose factor is active and was created at `before` or earlier: while the service runs on, their number only falls. Every method must
 * throw MfaError STORE_UNAVAILABLE when the store is down or slow.
 */
export interface ExportStore {
  countUsers(before: Date): Promise<number>;

  /** Must answer at most `limit` of them, each of one moment, and page by page each once, in one order for all time. */
  readPage(page: {
    readonly before: Date;
    readonly after: UserId | undefined;
    readonly limit: number;
  }): Promise<ExportPage>;
}

/**
 * The slow hash of backup codes, under a salt per set and a pepper that is not in the database.
 *
 * It must bound how many hashes run concurrently and throw MfaError OVERLOADED rather than queue without limit.
 */
export interface BackupCodeHasher {
  /** A fresh salt and the scheme that new sets use. */
  newSalt(): { readonly salt: Buffer; readonly scheme: string };
  /**
   * Must give the same hash for the same code, salt and scheme; must throw when the scheme or its pepper is unknown. `requestId`: of the
   * call that needs the hash, for the log.
   */
  hash(
    code: string,
    set: { readonly salt: Buffer; readonly scheme: string },
    requestId?: string,
  ): Promise<Buffer>;
}

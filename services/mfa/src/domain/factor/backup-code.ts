/** Twelve hexadecimal digits: 48 random bits, hence a slow, salted, peppered hash at rest (NIST SP 800-63B section 3.1.2.2). */
const CODE_BYTES = 6;

/** A set of unused codes as stored: hashes under one salt. `scheme` names the slow hash, its cost and the pepper's key. */
export interface BackupCodeSet {
  readonly salt: Buffer;
  readonly scheme: string;
  readonly hashes: readonly Buffer[];
}

/** Distinct codes in canonical form (upper-case hexadecimal without dashes). */
export function generateBackupCodes(count: number, randomBytes: (size: number) => Buffer): string[] {
  const codes = new Set<string>();
  while (codes.size < count) codes.add(randomBytes(CODE_BYTES).toString("hex").toUpperCase());
  return [...codes];
}

/** The form shown to people: XXXX-XXXX-XXXX. */
export function displayBackupCode(canonical: string): string {
  return canonical.replace(/(.{4})(?=.)/g, "$1-");
}

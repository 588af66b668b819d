/** The presets, weakest first. */
export const SECURITY_LEVELS = ["LOW", "MEDIUM", "HIGH", "ENTERPRISE"] as const;

/** The name of a preset; no level means that the defaults hold as they stand. */
export type SecurityLevel = (typeof SECURITY_LEVELS)[number];

/** The checks of doctor, in the order in which a server needs them. */
export const CHECK_NAMES = [
  "configuration",
  "keys",
  "postgres",
  "redis",
  "callers",
  "tls",
  "email",
  "sms",
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** Names separated by commas. Throws for an unknown one; the message does not repeat the input. */
export function parseCheckNames(text: string): readonly CheckName[] {
  return text.split(",").map((given) => {
    const name = CHECK_NAMES.find((each) => each === given.trim());
    if (name !== undefined) return name;
    throw new Error(`must be of ${CHECK_NAMES.join(", ")}, with commas between them`);
  });
}

const MAX_LENGTH = 60;

/** Text from outside for use in a message: quoted, shortened, with every control or invisible character escaped. */
export function printableText(text: string): string {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return JSON.stringify(shown).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/** A value for use in a message; of a list or mapping only its type. */
export function printableValue(value: unknown): string {
  if (typeof value === "string") return printableText(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

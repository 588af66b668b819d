/** What a statement does to a table of ours. Nothing else of its text is taken: what stands in it could be a value. */
const STEP = /\b(insert into|update|delete from|from|join)\s+"?(mfa_[a-z_]+)/gi;

const VERBS: Readonly<Record<string, string>> = {
  "insert into": "INSERT",
  update: "UPDATE",
  "delete from": "DELETE",
  from: "SELECT",
  join: "SELECT",
};

/** More than the statements that there are; a text made up anew each time must not fill the memory. */
const MAX_KNOWN = 500;
const known = new Map<string, string>();

/** Names a statement by its steps, for example `UPDATE mfa_factors INSERT mfa_audit_events`. */
export function querySummary(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  const steps = [...text.matchAll(STEP)].map(
    ([, verb = "", table = ""]) => `${VERBS[verb.toLowerCase()] ?? ""} ${table}`,
  );
  const summary = [...new Set(steps)].join(" ") || (/^\s*([a-z]+)/i.exec(text)?.[1] ?? "").toUpperCase();
  if (known.size < MAX_KNOWN) known.set(text, summary);
  return summary;
}

/** What is judged together: a block of numbers that differ in their last four digits only, or a country. */
export type CompletionScope = "prefix" | "country";

/**
 * How many of the codes that are sent must be entered. Numbers that earn their owner money by the message (SMS pumping) take codes and
 * complete nothing.
 */
export interface CompletionRule {
  readonly windowMs: number;
  /** How long a code may wait to be entered before it counts as sent in vain. */
  readonly graceMs: number;
  /** Fewer codes say nothing. */
  readonly minSends: number;
  readonly minPercent: number;
  /** Where nothing more is sent while too few are entered; elsewhere it raises an alarm only. */
  readonly stops: ReadonlySet<CompletionScope>;
}

/** Codes sent within the window, the grace passed, and codes accepted within it. */
export interface Completion {
  readonly sent: number;
  readonly accepted: number;
}

/** Too few codes of one scope are entered. Names a country, never a number. */
export interface LowCompletion extends Completion {
  readonly scope: CompletionScope;
  readonly country: string;
  readonly stopped: boolean;
}

export function isLow(
  { sent, accepted }: Completion,
  { minSends, minPercent }: Pick<CompletionRule, "minSends" | "minPercent">,
): boolean {
  return sent >= minSends && accepted * 100 < minPercent * sent;
}

/** What is counted for a phone number. Holds part of the number: to be stored as a MAC only. */
export function completionSubjects(phone: {
  readonly prefix: string;
  readonly country: string;
}): readonly { readonly scope: CompletionScope; readonly subject: readonly string[] }[] {
  const { prefix, country } = phone;
  return [
    { scope: "prefix", subject: ["completion-prefix", prefix] },
    { scope: "country", subject: ["completion-country", country] },
  ];
}

/** What is judged together: a block of numbers that differ in their last four digits only, or a country. */
export type ConversionScope = "prefix" | "country";

/**
 * How many of the codes that are sent must be entered. Numbers that earn their owner money by the message (SMS pumping) take codes and
 * complete nothing.
 */
export interface ConversionRule {
  readonly windowMs: number;
  /** How long a code may wait to be entered before it counts as sent in vain. */
  readonly graceMs: number;
  /** Fewer codes say nothing. */
  readonly minSends: number;
  readonly minPercent: number;
  /** Where nothing more is sent while too few are entered; elsewhere it raises an alarm only. */
  readonly stops: ReadonlySet<ConversionScope>;
}

/** Codes sent within the window, the grace passed, and codes accepted within it. */
export interface Conversion {
  readonly sent: number;
  readonly accepted: number;
}

/** Too few codes of one scope are entered. Names a country, never a number. */
export interface LowConversion extends Conversion {
  readonly scope: ConversionScope;
  readonly country: string;
  readonly stopped: boolean;
}

export function isLow(
  { sent, accepted }: Conversion,
  { minSends, minPercent }: Pick<ConversionRule, "minSends" | "minPercent">,
): boolean {
  return sent >= minSends && accepted * 100 < minPercent * sent;
}

/** What is counted for a phone number. Holds part of the number: to be stored as a MAC only. */
export function conversionSubjects(phone: {
  readonly prefix: string;
  readonly country: string;
}): readonly { readonly scope: ConversionScope; readonly subject: readonly string[] }[] {
  const { prefix, country } = phone;
  return [
    { scope: "prefix", subject: ["completion-prefix", prefix] },
    { scope: "country", subject: ["completion-country", country] },
  ];
}

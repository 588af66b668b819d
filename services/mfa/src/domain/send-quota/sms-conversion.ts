/** What is judged as one: a block of numbers that differ in their last four digits only, or a country. */
export type ConversionScope = "prefix" | "country";

/** The share of sent codes that must be entered. In SMS pumping, numbers that earn money per message receive codes that are never entered. */
export interface ConversionRule {
  readonly windowMs: number;
  /** How long a code may wait to be entered before it counts as not entered. */
  readonly graceMs: number;
  /** With fewer codes the rate is not judged. */
  readonly minSends: number;
  readonly minPercent: number;
  /** What a low rate blocks. Elsewhere it only raises an alarm. */
  readonly stops: ReadonlySet<ConversionScope>;
}

/** Codes sent within the window and past the grace time, and codes accepted within the window. */
export interface Conversion {
  readonly sent: number;
  readonly accepted: number;
}

/** The conversion rate of one scope is low. Names a country, never a number. */
export interface LowConversion extends Conversion {
  readonly scope: ConversionScope;
  readonly country: string;
  readonly stopped: boolean;
  /** The request id of the call. */
  readonly requestId: string;
}

export function isLow(
  { sent, accepted }: Conversion,
  { minSends, minPercent }: Pick<ConversionRule, "minSends" | "minPercent">,
): boolean {
  return sent >= minSends && accepted * 100 < minPercent * sent;
}

/** The subjects that are counted for a phone number. They hold part of the number, so they must be stored as MACs only. */
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

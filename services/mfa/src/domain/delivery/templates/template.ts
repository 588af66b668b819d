import type { Notice } from "../notice.js";

/** What a template may speak of. `application` is undefined when the configured name has nothing readable in it. */
export interface TemplateFacts {
  readonly application: string | undefined;
  readonly minutes: number;
}

/** What a notice may speak of. */
export interface NoticeFacts {
  readonly application: string | undefined;
  readonly notice: Notice;
}

/** The words of one locale. Written by us alone: nothing here comes from a caller or a user. */
export interface MessageTemplate {
  /** Language tag in lower case, as `en` or `pt-br`. */
  readonly locale: string;
  readonly direction: "ltr" | "rtl";
  /** GSM-7 only, at most 110 characters without the name. The code comes after it on the last line when `code` is undefined. */
  readonly sms: (facts: TemplateFacts & { readonly code: string | undefined }) => string;
  readonly email: {
    /** Without the code: subjects show on locked screens. */
    readonly subject: (facts: TemplateFacts) => string;
    readonly introduction: (facts: TemplateFacts) => string;
    readonly expiry: (facts: TemplateFacts) => string;
    readonly warning: (facts: TemplateFacts) => string;
  };
  /** What users are told unasked. No code, and nothing to click. */
  readonly notice: {
    /** GSM-7 only, at most 140 characters without the name. */
    readonly sms: (facts: NoticeFacts) => string;
    readonly subject: (facts: NoticeFacts) => string;
    readonly event: (facts: NoticeFacts) => string;
    readonly advice: string;
  };
}

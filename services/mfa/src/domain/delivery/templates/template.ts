import type { Notice } from "../notice.js";

/** The values of a template. `application` is undefined if the configured name has nothing readable in it. */
export interface TemplateFacts {
  readonly application: string | undefined;
  readonly minutes: number;
}

/** The values of a notice. */
export interface NoticeFacts {
  readonly application: string | undefined;
  readonly notice: Notice;
}

/** The texts of one locale. All are fixed: nothing here comes from a caller or a user. */
export interface MessageTemplate {
  /** Language tag in lower case, as `en` or `pt-br`. */
  readonly locale: string;
  readonly direction: "ltr" | "rtl";
  /** GSM-7 only, at most 110 characters without the name. The code comes after it on the last line when `code` is undefined. */
  readonly sms: (facts: TemplateFacts & { readonly code: string | undefined }) => string;
  readonly email: {
    /** Without the code: subjects are shown on locked screens. */
    readonly subject: (facts: TemplateFacts) => string;
    readonly introduction: (facts: TemplateFacts) => string;
    readonly expiry: (facts: TemplateFacts) => string;
    readonly warning: (facts: TemplateFacts) => string;
  };
  /** Security notices. No code, and no link. */
  readonly notice: {
    /** GSM-7 only, at most 140 characters without the name. */
    readonly sms: (facts: NoticeFacts) => string;
    readonly subject: (facts: NoticeFacts) => string;
    readonly event: (facts: NoticeFacts) => string;
    readonly advice: string;
  };
}

/** What a template may speak of. `application` is undefined when the configured name has nothing readable in it. */
export interface TemplateFacts {
  readonly application: string | undefined;
  readonly minutes: number;
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
}

import type { Field } from "@countersign/settings";

/** Who enforces a setting: this service, the platform's other services that read the policy from it, or both. */
export type Enforcer = "countersign" | "platform" | "both";

/** A setting of the platform. */
export type SecurityField<T> = Field<T> & { readonly enforcedBy: Enforcer };

/** The fields of one group, checked against the group's type: a missing, misnamed or mistyped field does not compile. */
export type FieldTable<T> = { readonly [K in keyof T]-?: SecurityField<T[K]> };

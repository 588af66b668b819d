import type { Field } from "@countersign/settings";

/** Who acts on a setting: this service, the platform's other services that read the policy from it, or both. */
export type Enforcer = "countersign" | "platform" | "both";

/** A setting of the platform. */
export type SecurityField<T> = Field<T> & { readonly enforcedBy: Enforcer };

/** The fields of one group, held to the group's type: a field missing, misnamed or of another type does not compile. */
export type FieldTable<T> = { readonly [K in keyof T]-?: SecurityField<T[K]> };

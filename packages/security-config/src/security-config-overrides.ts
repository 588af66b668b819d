import type { Secret } from "@countersign/settings";
import type { SecurityConfig } from "./security-config.js";

type Overridable<T> = T extends Secret
  ? Secret | string
  : T extends readonly unknown[] | string | number | boolean | undefined
    ? T
    : { readonly [K in keyof T]?: Overridable<T[K]> };

/** Any part of a configuration, in the names of SecurityConfig; a secret may be given as plain text. */
export type SecurityConfigOverrides = Overridable<Omit<SecurityConfig, "level">>;

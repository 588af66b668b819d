/** The source of a value. `name` is the variable that was set, so `SECRET_KEY_FILE` if the value was read from a file. */
export type ConfigSource =
  | { readonly kind: "default" }
  | { readonly kind: "preset"; readonly level: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "override" };

/** A source in words for a person: `preset HIGH`, `file /etc/security.yaml`, `environment MFA_REQUIRED`. */
export function describeSource(source: ConfigSource): string {
  switch (source.kind) {
    case "default":
    case "override":
      return source.kind;
    case "preset":
      return `preset ${source.level}`;
    case "file":
      return `file ${source.path}`;
    case "environment":
      return `environment ${source.name}`;
  }
}

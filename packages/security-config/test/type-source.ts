import type { SecurityField as Field } from "../src/field.js";
import { GROUPS, type Group } from "../src/groups.js";

/** The interface of each group, and the names it has in the whole. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  environment: "EnvironmentSettings",
  password: "PasswordPolicy",
  session: "SessionPolicy",
  mfa: "MfaSettings",
  rateLimit: "RateLimitPolicy",
  encryption: "EncryptionPolicy",
  audit: "AuditPolicy",
  headers: "HeadersPolicy",
  ip: "IpPolicy",
};

const HEADER = `// Made from the fields of src/groups, which document each setting once. To refresh it after changing a field:
// npx vitest run packages/security-config -u
import type { Secret } from "@countersign/settings";
import type { SecurityLevel } from "./security-level.js";
`;

/** The text of src/security-config.ts: one documented interface per group, from the field tables. */
export function typeSource(): string {
  const plain = GROUPS.filter((group) => group.keys.length === 1);
  const provider = GROUPS.find((group) => group.keys[0] === "oauthProviders");
  const interfaces = plain.map((group) => interfaceSource(typeName(group), group.doc, group));
  if (provider !== undefined) {
    interfaces.push(
      interfaceSource("OAuthProvider", "A login provider with both its client id and its secret.", provider),
    );
  }
  return [HEADER, ...interfaces, providersSource(), wholeSource(plain)].join("\n");
}

function typeName(group: Group): string {
  return TYPE_NAMES[group.keys[0] ?? ""] ?? "Unnamed";
}

function interfaceSource(name: string, doc: string, group: Group): string {
  const isProvider = name === "OAuthProvider";
  const members = Object.entries(group.fields).map(([key, field]) => {
    const type = fieldType(field);
    const optional = field.default === undefined && !isProvider ? " | undefined" : "";
    return `  /** ${isProvider ? providerDoc(field) : fieldDoc(field)} */\n  readonly ${key}: ${type}${optional};\n`;
  });
  return `/** ${doc} */\nexport interface ${name} {\n${members.join("")}}\n`;
}

function fieldType(field: Field<unknown>): string {
  const choices = field.choices?.map((known) => JSON.stringify(known)).join(" | ");
  switch (field.kind) {
    case "boolean":
      return "boolean";
    case "integer":
    case "decimal":
      return "number";
    case "choice":
      return choices ?? "string";
    case "text":
      return "string";
    case "secret":
      return "Secret";
    case "list":
      return choices === undefined ? "readonly string[]" : `readonly (${choices})[]`;
  }
}

function fieldDoc(field: Field<unknown>): string {
  if (field.kind === "boolean") return `${field.doc} Default ${String(field.default)}.`;
  const accepts = `${field.accepts[0]?.toUpperCase() ?? ""}${field.accepts.slice(1)}`;
  const preset = field.default === undefined ? "Absent by default" : `Default ${shown(field.default)}`;
  return `${field.doc} ${accepts}. ${preset}.`;
}

/** The two providers share a type, so what is said of one alone is left out. */
function providerDoc(field: Field<unknown>): string {
  return `${field.doc.replace(/ registered with.*$/, " registered with the provider.")} Must be ${field.accepts}.`;
}

function shown(value: unknown): string {
  return Array.isArray(value) && value.length === 0 ? "the empty list" : String(value);
}

function providersSource(): string {
  const members = GROUPS.filter((group) => group.keys.length === 2).map(
    (group) =>
      `  /** ${group.doc} Undefined when not configured. */\n  readonly ${group.keys[1] ?? ""}: OAuthProvider | undefined;\n`,
  );
  return `/** The login providers on offer. */\nexport interface OAuthProviders {\n${members.join("")}}\n`;
}

function wholeSource(plain: readonly Group[]): string {
  const members = plain.map((group) => `  readonly ${group.keys[0] ?? ""}: ${typeName(group)};\n`);
  return `/** The security configuration of the whole platform, checked and frozen. */
export interface SecurityConfig {
  /** The preset it was built on; undefined when the defaults hold as they stand. */
  readonly level: SecurityLevel | undefined;
${members.join("")}  readonly oauthProviders: OAuthProviders;
}
`;
}

export { closestName } from "./closest-name.js";
export { type ConfigProblem, describeProblem } from "./config-problem.js";
export { type ConfigSource, describeSource } from "./config-source.js";
export { type Environment, type ReadFile, readVariable } from "./environment-variable.js";
export type {
  Field,
  FieldKind,
  FieldText,
  SettingTable,
  SettingValues,
  ValueForm,
} from "./field.js";
export {
  anyText,
  choice,
  decimal,
  flag,
  integer,
  list,
  optionalChoice,
  optionalText,
  secret,
  text,
} from "./field-kinds.js";
export { describeMisspelling, misspeltVariables } from "./misspelt-variables.js";
export { type PlainValue, plainValue } from "./plain-value.js";
export { printableText, printableValue } from "./printable.js";
export { Secret } from "./secret.js";
export { createSettingsReader, type SettingsReader } from "./settings-reader.js";
export { choiceForm, listForm, parsedForm, textForm } from "./value-forms.js";

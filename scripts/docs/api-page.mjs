import { ScalarType } from "@bufbuild/protobuf";
import { asCell, asText } from "./comment.mjs";

/** The reference of one service: its RPCs with their requests and answers, then every type that these use. */
export function apiPage(service) {
  const own = new Set(service.methods.flatMap(({ input, output }) => [input, output]));
  const others = reachableFrom(own).filter((type) => !own.has(type));
  const [messages, enums] = ["message", "enum"].map((kind) => others.filter((type) => type.kind === kind));
  return [
    `# ${service.name}`,
    `\`${service.typeName}\`, from [${service.file.proto.name}](../../proto/${service.file.proto.name}).`,
    asText(service),
    service.methods.map(({ name }) => `- [${name}](#${name.toLowerCase()})`).join("\n"),
    ...service.methods.flatMap(methodSection),
    ...(messages.length > 0 ? ["## Messages", ...messages.flatMap((type) => typeSection("###", type))] : []),
    ...(enums.length > 0 ? ["## Enums", ...enums.flatMap((type) => typeSection("###", type))] : []),
  ].join("\n\n");
}

function methodSection(method) {
  return [
    `## ${method.name}`,
    asText(method),
    ...typeSection("###", method.input),
    ...typeSection("###", method.output),
  ];
}

function typeSection(level, type) {
  const table = type.kind === "enum" ? valueTable(type.values) : fieldTable(type);
  return [`${level} ${type.name}`, asText(type), table];
}

function fieldTable({ members }) {
  if (members.length === 0) return "It has no fields.";
  return ["| field | type | |", "| --- | --- | --- |", ...members.flatMap(memberRows)].join("\n");
}

/** The fields of a oneof follow it: at most one of them is set. */
function memberRows(member) {
  if (member.kind !== "oneof") return [fieldRow(member)];
  const head = `| \`${member.name}\` | one of these | ${asCell(member)} |`;
  return [head, ...member.fields.map((field) => fieldRow(field, "↳ "))];
}

const fieldRow = (field, indent = "") =>
  `| ${indent}\`${field.name}\` | ${typeOf(field)} | ${asCell(field)} |`;

function valueTable(values) {
  const rows = values.map((value) => `| \`${value.name}\` | ${value.number} | ${asCell(value)} |`);
  return ["| value | number | |", "| --- | --- | --- |", ...rows].join("\n");
}

function typeOf(field) {
  if (field.fieldKind === "map") return `map from ${scalar(field.mapKey)} to ${scalar(field.scalar)}`;
  const named = field.message ?? field.enum;
  const name = named === undefined ? scalar(field.scalar) : linked(named);
  if (field.fieldKind === "list") return `repeated ${name}`;
  return field.proto.proto3Optional ? `optional ${name}` : name;
}

const scalar = (type) => ScalarType[type].toLowerCase();

const linked = (type) => (isOurs(type) ? `[${type.name}](#${type.name.toLowerCase()})` : type.typeName);

const isOurs = ({ typeName }) => typeName.startsWith("countersign.");

/** Every type of ours that these lead to, in the order in which a reader meets them. */
function reachableFrom(types) {
  const reached = new Set();
  const reach = (type) => {
    if (type === undefined || !isOurs(type) || reached.has(type)) return;
    reached.add(type);
    if (type.kind === "message")
      for (const { message, enum: values } of type.fields) reach(message ?? values);
  };
  for (const type of types) reach(type);
  return [...reached];
}

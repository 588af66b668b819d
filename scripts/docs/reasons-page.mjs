import { paragraphsOf } from "./comment.mjs";

/**
 * Every reason of an error with its status code and, from `docs/integrating.md`, what to do about it; and every reason of a refusal. Errors
 * link the sections by the reason in lower case.
 */
export function reasonsPage(contract, integrating) {
  const errors = valuesOf(contract, "countersign.mfa.v1.ErrorReason", "ERROR_REASON_");
  const rejections = valuesOf(contract, "countersign.mfa.v1.RejectionReason", "REJECTION_REASON_");
  return [
    "# Reasons",
    "The table of [integrating.md](../integrating.md#what-each-answer-means) says in one place what to do about each.",
    "## Errors",
    "In `google.rpc.ErrorInfo.reason`, domain `countersign`, of every error, which links its section here by `google.rpc.Help`. `ErrorReason` in" +
      " [error_reason.proto](../../proto/countersign/mfa/v1/error_reason.proto) lists them with the prefix `ERROR_REASON_`.",
    table(["reason", "status", "meaning"], errors.map(errorRow)),
    ...errors.flatMap((error) => errorSection(error, integrating)),
    "## Refusals of a code",
    "In `rejected.reason` of an answer. `RejectionReason` in" +
      " [rejection.proto](../../proto/countersign/mfa/v1/rejection.proto) lists them with the prefix `REJECTION_REASON_`.",
    table(
      ["reason", "meaning"],
      rejections.map(({ name, text }) => [`\`${name}\``, text]),
    ),
  ].join("\n\n");
}

/** The values that are sent. */
function valuesOf(contract, typeName, prefix) {
  return contract
    .getEnum(typeName)
    .values.filter(({ number }) => number !== 0)
    .map((value) => ({ name: value.name.slice(prefix.length), text: paragraphsOf(value).flat().join(" ") }));
}

function errorRow(error) {
  const { status, meaning } = statusAndMeaning(error);
  return [`\`${error.name}\``, `\`${status}\``, meaning];
}

/** What a link from an error leads to. */
function errorSection(error, integrating) {
  const { status, meaning } = statusAndMeaning(error);
  const { todo, shown } = adviceOn(error.name, integrating);
  return [
    `### ${error.name}`,
    `\`${status}\`. ${meaning}`,
    `**Do:** ${todo}`,
    ...(shown === "" ? [] : [`**Show the user:** ${shown}`]),
  ];
}

/** The comment begins with the status code. */
function statusAndMeaning({ name, text }) {
  const [, status, meaning] = /^([A-Z_]+)\. (.+)$/.exec(text) ?? [];
  if (status === undefined) throw new Error(`the comment of ${name} does not begin with a status code`);
  return { status, meaning };
}

/** The row of a reason in the table of errors. Its cells hold no bar. */
function adviceOn(name, integrating) {
  const [, errors = ""] = integrating.split("\n### Errors\n");
  const row = errors.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
  if (row === undefined) throw new Error(`docs/integrating.md does not say what to do about ${name}`);
  const [todo, shown] = row
    .split("|")
    .slice(2)
    .map((cell) => cell.trim());
  // A link within that page, as it is from this one.
  return { todo: todo.replaceAll("](#", "](../integrating.md#"), shown };
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.map((cells) => line(cells.map((cell) => cell.replaceAll("|", "\\|")))),
  ].join("\n");
}

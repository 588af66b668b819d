import { paragraphsOf } from "./comment.mjs";

/** Every reason of an error with its status code, and every reason of a refusal. */
export function reasonsPage(contract) {
  const errors = valuesOf(contract, "countersign.mfa.v1.ErrorReason", "ERROR_REASON_");
  const rejections = valuesOf(contract, "countersign.mfa.v1.RejectionReason", "REJECTION_REASON_");
  return [
    "# Reasons",
    "What to do about each, and what to show the user, is in [integrating.md](../integrating.md#what-each-answer-means).",
    "## Errors",
    "In `google.rpc.ErrorInfo.reason`, domain `countersign`, of every error. `ErrorReason` in" +
      " [error_reason.proto](../../proto/countersign/mfa/v1/error_reason.proto) lists them with the prefix `ERROR_REASON_`.",
    table(["reason", "status", "meaning"], errors.map(errorRow)),
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

/** The comment begins with the status code. */
function errorRow({ name, text }) {
  const [, status, meaning] = /^([A-Z_]+)\. (.+)$/.exec(text) ?? [];
  if (status === undefined) throw new Error(`the comment of ${name} does not begin with a status code`);
  return [`\`${name}\``, `\`${status}\``, meaning];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.map((cells) => line(cells.map((cell) => cell.replaceAll("|", "\\|")))),
  ].join("\n");
}

/** Fields that every line has, or that are shown elsewhere in it. */
const HEAD: ReadonlySet<string> = new Set(["level", "time", "service", "msg"]);
const LEVELS: Readonly<Record<number, string>> = {
  20: "DEBUG",
  30: "INFO",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Formats a JSON log line for people: time in UTC, level, message and fields. Control characters are replaced, so that a caller cannot control the
 * terminal. Text that is no JSON object is passed on unchanged.
 */
export function prettyLine(json: string): string {
  const fields = parsed(json);
  if (fields === undefined) return json;
  const { time, level, msg } = fields;
  const head = `${shown(time).slice(11, 23)} ${(LEVELS[Number(level)] ?? shown(level)).padEnd(5)}`;
  const isCall = msg === "call" && typeof fields.rpc === "string";
  const text = isCall ? callText(fields) : [shown(msg), ...pairs(fields)].join(" ");
  const stacks = Object.values(fields).flatMap(stackOf);
  return `${[`${head} ${text}`, ...stacks].map(withoutControls).join("\n")}\n`;
}

/** `VerifyCode rejected INVALID_CODE totp, 2 attempts left, by web from 127.0.0.1 in 3.2 ms`, then the remaining fields. */
function callText(call: Fields): string {
  const rpc = shown(call.rpc);
  const ended =
    call.code === "OK" ? [call.outcome, call.rejection ?? call.refusal] : [call.code, call.reason];
  const clauses = [
    words([rpc.slice(rpc.lastIndexOf("/") + 1), ...ended, call.method]),
    call.remaining_attempts === undefined ? "" : `${shown(call.remaining_attempts)} attempts left`,
    lockText(call),
    `by ${call.caller === undefined ? "nobody" : shown(call.caller)} from ${shown(call.peer)}`,
  ].filter((clause) => clause !== "");
  return [`${clauses.join(", ")} in ${shown(call.duration_ms)} ms`, ...pairs(call, TOLD)].join(" ");
}

/** Fields that are part of a call's text. */
const TOLD: ReadonlySet<string> = new Set([
  "rpc",
  "protocol",
  "code",
  "reason",
  "outcome",
  "rejection",
  "refusal",
  "method",
  "remaining_attempts",
  "lock_end",
  "unlock_required",
  "caller",
  "peer",
  "duration_ms",
]);

function lockText({ lock_end: end, unlock_required: unlockRequired }: Fields): string {
  if (end !== undefined) return `locked until ${shown(end).slice(11, 19)}`;
  return unlockRequired === true ? "locked until an operator unlocks" : "";
}

function words(values: readonly unknown[]): string {
  return values
    .filter((value) => value !== undefined)
    .map(shown)
    .join(" ");
}

function pairs(fields: Fields, told: ReadonlySet<string> = HEAD): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || HEAD.has(name) || told.has(name) ? [] : [`${name}=${shownValue(value)}`],
  );
}

function shownValue(value: unknown): string {
  const text = isFault(value) ? `${value.name}: ${value.message}` : shown(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

function isFault(
  value: unknown,
): value is { readonly name: string; readonly message: string; readonly stack?: unknown } {
  return typeof value === "object" && value !== null && "name" in value && "message" in value;
}

function stackOf(value: unknown): readonly string[] {
  return isFault(value) && typeof value.stack === "string" ? value.stack.split("\n").slice(1) : [];
}

function withoutControls(line: string): string {
  return line.replace(/[\p{C}\u2028\u2029]/gu, "\ufffd");
}

function parsed(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

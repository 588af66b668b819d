import { NO_ANSWER, type StoreFault } from "../../store-condition.js";

/** The first words of Redis errors. */
const WORDS: Readonly<Record<string, string>> = {
  WRONGPASS: "refuses the password of ROLE (REDIS_URL)",
  NOAUTH: "asks for a password (REDIS_URL)",
  NOPERM: "does not let ROLE do its work: see the rights in docs/operations.md",
  OOM: "refuses writes: out of memory",
  READONLY: "is read-only: a replica",
  MISCONF: "refuses writes: it cannot save to its disk",
  NOREPLICAS: "refuses writes: too few replicas follow it",
  LOADING: "is loading its data",
  MASTERDOWN: "has lost its master",
  CLUSTERDOWN: "has no master for every slot",
  BUSY: "is kept busy by a script",
};
const REFUSE_WRITES = new Set(["OOM", "READONLY", "MISCONF", "NOREPLICAS"]);
const CERTIFICATE = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_)/;

/** Why Redis does not work, in words; undefined for an error that is part of its work. `user` is the configured one. */
export function explainRedisFault(error: unknown, user: string | undefined): StoreFault | undefined {
  if (!(error instanceof Error)) return { why: NO_ANSWER, refusesWrites: false, vague: true };
  const word = /^-?([A-Z]{2,20})(?= |$)/.exec(error.message)?.[1];
  const listed = word === undefined ? undefined : WORDS[word];
  // Any other error is an answer: lost scripts, moved slots, a command that this version does not know.
  if (listed === undefined && error.name === "ReplyError") return undefined;
  return {
    why: listed?.replace("ROLE", user ?? "the default user") ?? otherWords(error),
    refusesWrites: word !== undefined && REFUSE_WRITES.has(word),
    // The driver's own error for a command without a connection has no code.
    vague: word === undefined && !("code" in error),
  };
}

function otherWords(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^(?:ENOTFOUND|EAI_AGAIN)$/.test(code)) return "has an address that is not known (REDIS_URL)";
  if (CERTIFICATE.test(code)) return `has a certificate that is not believed: ${code}`;
  return NO_ANSWER;
}

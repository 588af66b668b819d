import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { rpcName } from "@countersign/rpc-server";
import { parseSettingText } from "@countersign/security-config";
import { z } from "zod";
import { ConfigurationError } from "../config/forms/configuration-error.js";
import { CallerRegistry, type ListedCaller } from "./caller-registry.js";

const MAX_CALLERS = 10_000;
const GET_STATUS = rpcName({ service: MfaService.typeName, method: MfaService.method.getMfaStatus.name });

const callerId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    "must be 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
  )
  .refine((id) => id !== "anonymous" && id !== "development", "is a reserved name");
const subject = z.string().min(1).max(256);
const certificateName = z
  .string()
  .max(2_048)
  .regex(
    /^(?:URI:[a-z][a-z0-9+.-]*:[!-~]+|DNS:[a-z0-9-]+(?:\.[a-z0-9-]+)*)$/,
    "must be URI: and a URI, or DNS: and a lower-case domain name without wildcard",
  );

const callerEntry = z
  .strictObject({
    id: callerId,
    jwt_subjects: z.array(subject).max(100).default([]),
    certificate_names: z.array(certificateName).max(100).default([]),
    permissions: z.array(z.string()).max(1_000),
    requests_per_minute: z.int().min(1).max(1_000_000).optional(),
    uniform_answers: z.boolean().default(false),
  })
  .refine(
    ({ jwt_subjects, certificate_names }) => jwt_subjects.length + certificate_names.length > 0,
    "needs at least one of jwt_subjects and certificate_names",
  );

const callersFile = z.strictObject({ callers: z.array(callerEntry).min(1).max(MAX_CALLERS) });

type CallerEntry = z.infer<typeof callerEntry>;

/** What a callers file is validated against. */
export interface CallersFileRules {
  /** The RPCs of each permission. */
  readonly permissions: ReadonlyMap<string, readonly string[]>;
  /** Whether bearer tokens and client certificates are accepted. */
  readonly accepts: { readonly tokens: boolean; readonly certificates: boolean };
}

/** Parses a callers file, YAML or JSON. Throws ConfigurationError with every problem. */
export function parseCallersFile(text: string, rules: CallersFileRules): CallerRegistry {
  const parsed = parseSettingText(text);
  if ("faults" in parsed) throw new ConfigurationError(parsed.faults.map((fault) => `CALLERS_FILE ${fault}`));
  const shaped = callersFile.safeParse(parsed.value);
  if (!shaped.success) throw new ConfigurationError(shaped.error.issues.map(describeIssue));
  const { callers } = shaped.data;
  const problems = [
    ...duplicates(callers),
    ...callers.flatMap((caller, index) => misfits(caller, index, rules)),
  ];
  if (problems.length > 0)
    throw new ConfigurationError(problems.map((problem) => `CALLERS_FILE: ${problem}`));
  return new CallerRegistry(callers.map((entry) => listed(entry, rules)));
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  const place = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return `CALLERS_FILE: ${place === "" ? "the whole" : place.slice(1)}: ${message}`;
}

/** An identity belongs to one caller only. */
function duplicates(callers: readonly CallerEntry[]): string[] {
  const seen = new Set<string>();
  return callers
    .flatMap(({ id, jwt_subjects, certificate_names }, index) => [
      { place: `callers[${index}].id`, key: `id ${id}` },
      ...jwt_subjects.map((name, at) => ({
        place: `callers[${index}].jwt_subjects[${at}]`,
        key: `sub ${name}`,
      })),
      ...certificate_names.map((name, at) => ({
        place: `callers[${index}].certificate_names[${at}]`,
        key: `san ${name}`,
      })),
    ])
    .filter(({ key }) => seen.size === seen.add(key).size)
    .map(({ place }) => `${place}: is given twice`);
}

function misfits(caller: CallerEntry, index: number, { permissions, accepts }: CallersFileRules): string[] {
  const place = `callers[${index}]`;
  const unknown = caller.permissions.flatMap((name, at) =>
    permissions.has(name) ? [] : [`${place}.permissions[${at}]: is no role, service or RPC`],
  );
  if (caller.jwt_subjects.length > 0 && !accepts.tokens) {
    unknown.push(`${place}.jwt_subjects: no bearer token is accepted while CALLER_JWT_ISSUER is not set`);
  }
  if (caller.certificate_names.length > 0 && !accepts.certificates) {
    unknown.push(
      `${place}.certificate_names: no certificate is asked for while TLS_CLIENT_CA_FILE is not set`,
    );
  }
  return unknown;
}

function listed(entry: CallerEntry, { permissions }: CallersFileRules): ListedCaller {
  const { id, requests_per_minute: requestsPerMinute, uniform_answers: uniformAnswers } = entry;
  const rpcs = new Set(entry.permissions.flatMap((name) => permissions.get(name) ?? []));
  return {
    caller: {
      id,
      uniformAnswers,
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(rpcs.has(GET_STATUS) ? {} : { statusDenied: true }),
    },
    jwtSubjects: entry.jwt_subjects,
    certificateNames: entry.certificate_names,
    rpcs,
  };
}

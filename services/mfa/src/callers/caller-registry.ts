import type { PeerCertificate } from "@countersign/rpc-server";
import type { Caller } from "../domain/caller/caller.js";

/** One entry of the callers file. */
export interface ListedCaller {
  readonly caller: Caller;
  /** Values of the `sub` claim that identify it. */
  readonly jwtSubjects: readonly string[];
  /** Names in its client certificate, as `certificateNames` returns them. */
  readonly certificateNames: readonly string[];
  /** Full names of the RPCs that it may call. */
  readonly rpcs: ReadonlySet<string>;
}

/** The callers of one callers file. Unlisted callers are unauthenticated. */
export class CallerRegistry {
  readonly #byId: ReadonlyMap<string, ListedCaller>;
  readonly #bySubject: ReadonlyMap<string, Caller>;
  readonly #byCertificateName: ReadonlyMap<string, Caller>;

  constructor(listed: readonly ListedCaller[]) {
    this.#byId = new Map(listed.map((each) => [each.caller.id, each]));
    this.#bySubject = indexBy(listed, ({ jwtSubjects }) => jwtSubjects);
    this.#byCertificateName = indexBy(listed, (each) => each.certificateNames);
  }

  ofSubject(subject: string): Caller | undefined {
    return this.#bySubject.get(subject);
  }

  /** Also undefined for a certificate that names two callers: it is ambiguous. */
  ofCertificate(certificate: PeerCertificate): Caller | undefined {
    const named = certificateNames(certificate).map((name) => this.#byCertificateName.get(name));
    const callers = new Set(named.filter((caller) => caller !== undefined));
    return callers.size === 1 ? [...callers][0] : undefined;
  }

  permits(callerId: string, rpc: string): boolean {
    return this.#byId.get(callerId)?.rpcs.has(rpc) === true;
  }
}

/** The names that may identify a caller: URIs unchanged, DNS names in lower case. Never the subject's common name (RFC 9525 section 2). */
export function certificateNames({ subjectAltNames }: PeerCertificate): string[] {
  return subjectAltNames.flatMap((name) => {
    if (name.startsWith("URI:")) return [name];
    return name.startsWith("DNS:") ? [`DNS:${name.slice("DNS:".length).toLowerCase()}`] : [];
  });
}

function indexBy(
  listed: readonly ListedCaller[],
  keysOf: (each: ListedCaller) => readonly string[],
): ReadonlyMap<string, Caller> {
  return new Map(listed.flatMap((each) => keysOf(each).map((key) => [key, each.caller] as const)));
}

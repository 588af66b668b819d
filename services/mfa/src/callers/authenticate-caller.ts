import type { Authenticate, Credentials } from "@countersign/rpc-server";
import type { Caller } from "../domain/caller/caller.js";
import { TokenRefused, type TokenRules, verifyToken } from "./bearer-token.js";
import { type CallerRegistry, certificateNames } from "./caller-registry.js";
import type { TokenKeys } from "./keys/token-keys.js";
import { VerifiedTokens } from "./verified-tokens.js";

export interface AuthenticateDeps {
  /** The current callers. */
  readonly registry: () => CallerRegistry;
  /** Undefined: no bearer token is accepted. */
  readonly tokens: { readonly keys: TokenKeys; readonly rules: TokenRules } | undefined;
}

/** Longer than any real token: a header is cheap to send and expensive to verify. */
const MAX_TOKEN_LENGTH = 8_192;
/** Longest subject in the log. Real ones are shorter; a listed one cannot be longer. */
const MAX_LOGGED_SUBJECT = 256;
const BEARER = /^bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

/** Why there is no caller, for the access line. `subject`: the subject of a valid token. */
interface Refusal {
  readonly refused: string;
  readonly subject?: string;
}

/**
 * Identifies the caller by its bearer token, or else by its client certificate. A token that is sent must be valid, even beside a valid certificate.
 * If both name a listed caller, they must name the same one, so that a stolen token is useless on another caller's connection. No header other than
 * `authorization` is read.
 */
export function authenticateCaller({ registry, tokens }: AuthenticateDeps): Authenticate {
  const subjectOf = tokens === undefined ? undefined : rememberingVerifier(tokens);

  async function byToken(authorization: string): Promise<Caller | Refusal> {
    const token = authorization.length > MAX_TOKEN_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
    if (token === undefined) return { refused: "NO_BEARER_TOKEN" };
    if (subjectOf === undefined) return { refused: "TOKENS_NOT_ACCEPTED" };
    try {
      const subject = await subjectOf(token);
      const unlisted = { refused: "SUBJECT_NOT_LISTED", subject: subject.slice(0, MAX_LOGGED_SUBJECT) };
      return registry().ofSubject(subject) ?? unlisted;
    } catch (error) {
      if (error instanceof TokenRefused) return { refused: error.code };
      throw error;
    }
  }

  async function judge({ header, peer }: Credentials): Promise<Caller | Refusal> {
    const certified = peer.certificate === undefined ? undefined : registry().ofCertificate(peer.certificate);
    const authorization = header("authorization");
    if (authorization === undefined) {
      const refused = peer.certificate === undefined ? "NO_CREDENTIAL" : "CERTIFICATE_NOT_LISTED";
      return certified ?? { refused };
    }
    const named = await byToken(authorization);
    const disagree = !("refused" in named) && certified !== undefined && certified.id !== named.id;
    return disagree ? { refused: "TOKEN_AND_CERTIFICATE_DIFFER" } : named;
  }

  return async (credentials) => {
    const judged = await judge(credentials);
    if (!("refused" in judged)) return judged;
    const { certificate } = credentials.peer;
    return {
      ...judged,
      certificate: certificate === undefined ? undefined : certificateNames(certificate),
    };
  };
}

function rememberingVerifier({ keys, rules }: NonNullable<AuthenticateDeps["tokens"]>) {
  const remembered = new VerifiedTokens();
  return async (token: string): Promise<string> => {
    const version = keys.version();
    const known = remembered.find(token, rules.now().getTime(), version);
    if (known !== undefined) return known.subject;
    const verified = await verifyToken(token, keys, rules);
    remembered.add(token, verified, version);
    return verified.subject;
  };
}

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
const BEARER = /^bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

/**
 * Identifies the caller by its bearer token, or else by its client certificate. A token that is sent must be valid, even beside a valid certificate.
 * If both name a listed caller, they must name the same one, so that a stolen token is useless on another caller's connection. No header other than
 * `authorization` is read.
 */
export function authenticateCaller({ registry, tokens }: AuthenticateDeps): Authenticate {
  const subjectOf = tokens === undefined ? undefined : rememberingVerifier(tokens);

  async function byToken(authorization: string): Promise<Caller | string> {
    const token = authorization.length > MAX_TOKEN_LENGTH ? undefined : BEARER.exec(authorization)?.[1];
    if (token === undefined) return "NO_BEARER_TOKEN";
    if (subjectOf === undefined) return "TOKENS_NOT_ACCEPTED";
    try {
      return registry().ofSubject(await subjectOf(token)) ?? "SUBJECT_NOT_LISTED";
    } catch (error) {
      if (error instanceof TokenRefused) return error.code;
      throw error;
    }
  }

  async function judge({ header, peer }: Credentials): Promise<Caller | string> {
    const certified = peer.certificate === undefined ? undefined : registry().ofCertificate(peer.certificate);
    const authorization = header("authorization");
    if (authorization === undefined) {
      return certified ?? (peer.certificate === undefined ? "NO_CREDENTIAL" : "CERTIFICATE_NOT_LISTED");
    }
    const named = await byToken(authorization);
    const disagree = typeof named !== "string" && certified !== undefined && certified.id !== named.id;
    return disagree ? "TOKEN_AND_CERTIFICATE_DIFFER" : named;
  }

  return async (credentials) => {
    const judged = await judge(credentials);
    if (typeof judged !== "string") return judged;
    const { certificate } = credentials.peer;
    return {
      refused: judged,
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

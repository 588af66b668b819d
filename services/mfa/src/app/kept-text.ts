import type { ClaimedRequest } from "../domain/ports/request-log.js";
import type { Deps } from "./deps.js";

/** What is kept of a request for whoever repeats it: its answer, or what it has paid without getting one. */
export interface KeptText {
  readonly what: "answer" | "payment";
  readonly text: string;
  /** Milliseconds since 1970. A record that outlives its time to live says nothing any more. */
  readonly until: number;
}

/** A kept text may say `approved`: whoever can write to the store must not be able to make one. */
export function sealText(deps: Deps, request: ClaimedRequest, kept: KeptText): string {
  const { text, until } = kept;
  return JSON.stringify({ text, until, mac: deps.codeMacs.sign(partsOf(request, kept)) });
}

/** Undefined once its time is over. Throws for a text that is not ours. */
export function openText(
  deps: Deps,
  request: ClaimedRequest,
  { what, sealed }: { readonly what: KeptText["what"]; readonly sealed: string },
): string | undefined {
  const { text = "", until = 0, mac = "" } = JSON.parse(sealed) as Partial<KeptText & { mac: string }>;
  if (!deps.codeMacs.verify(partsOf(request, { what, text, until }), mac)) {
    throw new Error(`a kept ${what} is not ours`);
  }
  return until < deps.now().getTime() ? undefined : text;
}

function partsOf({ key, body }: ClaimedRequest, { what, text, until }: KeptText): readonly string[] {
  return [`request-${what}`, key, body, text, String(until)];
}

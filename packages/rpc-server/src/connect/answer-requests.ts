import type { Pipeline } from "../pipeline/pipeline.js";
import type { ServedService } from "../services/served-service.js";
import { type BrowserPolicy, withBrowserRules } from "./browser-rules.js";
import { connectHandlers } from "./connect-handlers.js";
import { type PortProbes, withProbes } from "./port-probes.js";
import { createServeExchange, type ServeExchange } from "./serve-exchange.js";

/** What a port serves besides calls. */
export interface AnswerOptions {
  /** The current rules for browsers; without them no page of another origin may call. */
  readonly browsers?: () => BrowserPolicy;
  /** Answers `GET /livez` and `/readyz`; without them there are no such paths. */
  readonly probes?: PortProbes;
}

const NO_BROWSERS: BrowserPolicy = { hstsMaxAge: undefined, csp: true, corsOrigins: new Set() };

/** Answers any request: probes, and calls of every protocol, under the rules for browsers. `secure` says whether the port speaks TLS. */
export function answerRequests(
  services: readonly ServedService[],
  pipeline: Pipeline,
  { browsers = () => NO_BROWSERS, probes, secure }: AnswerOptions & { readonly secure: boolean },
): ServeExchange {
  const serveCalls = createServeExchange(pipeline, connectHandlers(services));
  const serve = probes === undefined ? serveCalls : withProbes(serveCalls, probes);
  return withBrowserRules(serve, { policy: browsers, secure, describe: pipeline.describe });
}

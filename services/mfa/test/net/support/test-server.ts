import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import {
  createPipeline,
  createReflection,
  developmentCaller,
  type ListenerOptions,
  listen,
  type PipelineOptions,
  type ServiceHandlers,
  serveService,
} from "@countersign/rpc-server";
import { createHealthBoard } from "../../../src/readiness/health-board.js";
import { MFA_ERRORS } from "../../../src/rpc/errors.js";
import { recordingLog } from "./recording-log.js";

/** The one class that the pipeline of this server knows, for handlers from outside the package. */
export { MfaError } from "../../../src/domain/errors.js";

type MfaHandlers = ServiceHandlers<typeof MfaService>;

interface TestServerOptions extends Partial<MfaHandlers> {
  readonly pipeline?: Partial<PipelineOptions>;
  readonly listener?: Partial<ListenerOptions>;
  readonly health?: Parameters<typeof createHealthBoard>[1];
}

/** The real listener and pipeline on a free port, with the handlers that a test brings; GetMfaStatus echoes by default. */
export async function startTestServer({
  pipeline: some,
  listener,
  health: watching,
  ...handlers
}: TestServerOptions = {}) {
  const log = recordingLog();
  const health = createHealthBoard([MfaService.typeName], watching);
  const pipeline = createPipeline({
    authenticate: developmentCaller,
    errors: MFA_ERRORS,
    publicServices: new Set([health.service.service.typeName]),
    log,
    ...some,
  });
  const mfa = serveService(MfaService, { ...unused(), ...handlers });
  const listening = await listen({
    host: "127.0.0.1",
    port: 0,
    services: [mfa, health.service, ...createReflection([MfaService, health.service.service])],
    pipeline,
    ...listener,
  });
  const { port } = listening.address;
  return {
    ...listening,
    log,
    health,
    pipeline,
    port,
    url: `http${listener?.tls === undefined ? "" : "s"}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

/** Handlers for every RPC, whichever there are, so that a new one does not touch these tests. */
function unused(): MfaHandlers {
  const unexpected = () => Promise.reject(new Error("the test did not expect this call"));
  const all: unknown = Object.fromEntries(MfaService.methods.map(({ localName }) => [localName, unexpected]));
  return {
    ...(all as MfaHandlers),
    getMfaStatus: ({ userId }) => Promise.resolve({ maskedDestination: userId }),
  };
}

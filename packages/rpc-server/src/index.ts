// Serving.

// The admin port.
export { type AdminListening, type AdminPage, type AdminRoute, listenAdmin } from "./admin/admin.js";
export { CONNECTION_ENDS, type ListenerObserver, STREAM_REFUSALS } from "./bounds/listener-observer.js";
export type { TlsMaterial } from "./bounds/listener-options.js";
export type { BrowserPolicy } from "./connect/browser-rules.js";
export type { PortProbes } from "./connect/port-probes.js";
export { tlsProblems } from "./detection/tls-material.js";
// Errors.
export type { ErrorDoor, KnownError } from "./errors/error-door.js";
export { describeThrough, type ErrorDetail, type RpcError } from "./errors/rpc-error.js";
export { TRANSPORT_CODES, TransportError } from "./errors/transport-error.js";
export type { ConnectionLimits, WatchLimits } from "./limits/limits.js";
export { type ListenerOptions, type Listening, listen } from "./listener/listener.js";
export type { ServerLoad } from "./listener/server-connections.js";
export type { PeerCertificate } from "./peer/peer.js";
export {
  type Admit,
  type Authenticate,
  type Credentials,
  developmentCaller,
  type Permit,
} from "./pipeline/authenticate.js";
export { type CallContext, type Rpc, rpcName } from "./pipeline/call-context.js";
export type { CallObserver } from "./pipeline/call-report.js";
export type { Caller } from "./pipeline/caller.js";
// Calls.
export { createPipeline, type Pipeline, type PipelineOptions } from "./pipeline/pipeline.js";
export { parseConnectTimeout, parseGrpcTimeout } from "./pipeline/timeout.js";
export { createHealth, type HealthOptions, type HealthService } from "./services/health.js";
export { WATCH_REFUSALS, type WatchRefusal } from "./services/health-watches.js";
export { createReflection } from "./services/reflection.js";
// Services.
export {
  type ServedMethod,
  type ServedService,
  type ServiceHandlers,
  serveService,
  type UnaryHandler,
} from "./services/served-service.js";

import {
  type ConnectionLimits,
  DEFAULT_LIMITS,
  DEFAULT_WATCH_LIMITS,
  type WatchLimits,
} from "@countersign/rpc-server/limits";
import { integer, type SettingsReader } from "@countersign/settings";

const limit = (text: { readonly default: number; readonly max: number; readonly doc: string }) =>
  integer({ ...text, min: 1 });

/** The defaults are the transport's own, and fit the memory limit of k8s/base. */
export const CONNECTION_SETTINGS = {
  MAX_CONNECTIONS: limit({
    default: DEFAULT_LIMITS.maxConnections,
    max: 100_000,
    doc: "Connections to one process. A new one ends the oldest idle one without an authenticated caller.",
  }),
  MAX_CONNECTIONS_PER_PEER: limit({
    default: DEFAULT_LIMITS.maxConnectionsPerPeer,
    max: 100_000,
    doc: "Connections of one peer address without an authenticated caller.",
  }),
  MAX_ANONYMOUS_RATE_PER_PEER: integer({
    default: DEFAULT_LIMITS.maxAnonymousRatePerPeer,
    min: 0,
    max: 100_000,
    doc: "Connections and calls a second of one peer address that has never authenticated; 0 is no limit.",
  }),
  MAX_STREAMS: limit({
    default: DEFAULT_LIMITS.maxStreams,
    max: 100_000,
    doc: "Concurrent calls in one process; more are answered REFUSED_STREAM, or 429 over HTTP/1.1.",
  }),
  MAX_ANONYMOUS_STREAMS: limit({
    default: DEFAULT_LIMITS.maxAnonymousStreams,
    max: 100_000,
    doc: "Concurrent calls without an authenticated caller, such as health checks. A new one ends the oldest.",
  }),
  MAX_ANONYMOUS_STREAMS_PER_PEER: limit({
    default: DEFAULT_LIMITS.maxAnonymousStreamsPerPeer,
    max: 100_000,
    doc: "Concurrent calls without an authenticated caller from one peer address.",
  }),
  MAX_STREAMS_PER_CONNECTION: limit({
    default: DEFAULT_LIMITS.maxStreamsPerConnection,
    max: 10_000,
    doc: `Concurrent calls on one HTTP/2 connection; ${DEFAULT_LIMITS.maxAnonymousStreamsPerConnection} until a caller is authenticated on it.`,
  }),
  MAX_HEALTH_WATCHES: limit({
    default: DEFAULT_WATCH_LIMITS.max,
    max: 10_000,
    doc: "Health watches in one process; more are answered RESOURCE_EXHAUSTED.",
  }),
  MAX_HEALTH_WATCHES_PER_PEER: limit({
    default: DEFAULT_WATCH_LIMITS.maxPerPeer,
    max: 10_000,
    doc: "Health watches of one peer address.",
  }),
  MAX_HEALTH_WATCHES_PER_CONNECTION: limit({
    default: DEFAULT_WATCH_LIMITS.maxPerConnection,
    max: 10_000,
    doc: "Health watches on one connection.",
  }),
} as const;

type ListenerLimits = Pick<
  ConnectionLimits,
  | "maxConnections"
  | "maxConnectionsPerPeer"
  | "maxAnonymousRatePerPeer"
  | "maxStreams"
  | "maxAnonymousStreams"
  | "maxAnonymousStreamsPerPeer"
  | "maxStreamsPerConnection"
>;

/** Limits on the resources of this process that clients may hold. Unset ones have the default of the listener or the health service. */
export interface ConnectionConfig {
  readonly listener: Partial<ListenerLimits>;
  readonly watches: Partial<WatchLimits>;
}

export function readConnectionConfig(reader: SettingsReader): ConnectionConfig {
  const given = reader.read(CONNECTION_SETTINGS);
  return {
    listener: {
      maxConnections: given.MAX_CONNECTIONS,
      maxConnectionsPerPeer: given.MAX_CONNECTIONS_PER_PEER,
      maxAnonymousRatePerPeer: given.MAX_ANONYMOUS_RATE_PER_PEER,
      maxStreams: given.MAX_STREAMS,
      maxAnonymousStreams: given.MAX_ANONYMOUS_STREAMS,
      maxAnonymousStreamsPerPeer: given.MAX_ANONYMOUS_STREAMS_PER_PEER,
      maxStreamsPerConnection: given.MAX_STREAMS_PER_CONNECTION,
    },
    watches: {
      max: given.MAX_HEALTH_WATCHES,
      maxPerPeer: given.MAX_HEALTH_WATCHES_PER_PEER,
      maxPerConnection: given.MAX_HEALTH_WATCHES_PER_CONNECTION,
    },
  };
}

import type { WatchLimits } from "@countersign/rpc-server";
import type { EnvironmentReader } from "./environment-reader.js";

/** Limits of the listener, which say what they mean there: `bounds/listener-options.ts` of rpc-server. */
interface ListenerConfig {
  readonly maxConnections: number;
  readonly maxConnectionsPerPeer: number;
  readonly maxAnonymousRatePerPeer: number;
  readonly maxStreams: number;
  readonly maxAnonymousStreams: number;
  readonly maxAnonymousStreamsPerPeer: number;
  readonly maxStreamsPerConnection: number;
}

/** How much of this process clients may hold. What is not set has the default of the listener or the health service. */
export interface ConnectionConfig {
  readonly listener: Partial<ListenerConfig>;
  readonly watches: Partial<WatchLimits>;
}

/** The defaults fit the memory limit of k8s/base, 384 MiB, of which the heap has 40 %. */
export function readConnectionConfig(reader: EnvironmentReader): ConnectionConfig {
  const limit = (name: string, range: { readonly default: number; readonly max: number }) =>
    reader.integer(name, { min: 1, ...range });
  return {
    listener: {
      maxConnections: limit("MAX_CONNECTIONS", { max: 100_000, default: 4_000 }),
      maxConnectionsPerPeer: limit("MAX_CONNECTIONS_PER_PEER", { max: 100_000, default: 1_000 }),
      maxAnonymousRatePerPeer: reader.integer("MAX_ANONYMOUS_RATE_PER_PEER", {
        min: 0,
        max: 100_000,
        default: 50,
      }),
      maxStreams: limit("MAX_STREAMS", { max: 100_000, default: 5_000 }),
      maxAnonymousStreams: limit("MAX_ANONYMOUS_STREAMS", { max: 100_000, default: 500 }),
      maxAnonymousStreamsPerPeer: limit("MAX_ANONYMOUS_STREAMS_PER_PEER", { max: 100_000, default: 250 }),
      maxStreamsPerConnection: limit("MAX_STREAMS_PER_CONNECTION", { max: 10_000, default: 1_000 }),
    },
    watches: {
      max: limit("MAX_HEALTH_WATCHES", { max: 10_000, default: 100 }),
      maxPerPeer: limit("MAX_HEALTH_WATCHES_PER_PEER", { max: 10_000, default: 50 }),
      maxPerConnection: limit("MAX_HEALTH_WATCHES_PER_CONNECTION", { max: 10_000, default: 4 }),
    },
  };
}

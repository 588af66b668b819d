import {
  CONNECTION_ENDS,
  type ListenerObserver,
  STREAM_REFUSALS,
  WATCH_REFUSALS,
  type WatchRefusal,
} from "@countersign/rpc-server";
import { Counter, type Registry } from "prom-client";

/** Counts what the listener refuses or ends. Every series exists from the start, at 0. */
export function createListenerMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ["reason"] as const;
  const connections = new Counter({
    name: "countersign_connections_ended_total",
    help: "Connections that the server refused or ended.",
    labelNames,
    registers,
  });
  const streams = new Counter({
    name: "countersign_streams_refused_total",
    help: "HTTP/2 streams and HTTP/1.1 requests that the server refused or reset.",
    labelNames,
    registers,
  });
  const watches = new Counter({
    name: "countersign_health_watches_refused_total",
    help: "Health watches that were refused because there were too many.",
    labelNames,
    registers,
  });
  const lines = new Counter({
    name: "countersign_access_lines_suppressed_total",
    help: "Access lines of calls without an authenticated caller that were left out.",
    registers,
  });
  for (const reason of CONNECTION_ENDS) connections.inc({ reason }, 0);
  for (const reason of STREAM_REFUSALS) streams.inc({ reason }, 0);
  for (const reason of WATCH_REFUSALS) watches.inc({ reason }, 0);
  return {
    onListener: {
      connectionEnded: (reason) => connections.inc({ reason }),
      streamRefused: (reason) => streams.inc({ reason }),
    } satisfies ListenerObserver,
    onWatchRefused: (reason: WatchRefusal) => watches.inc({ reason }),
    onLineSuppressed: () => lines.inc(),
  };
}

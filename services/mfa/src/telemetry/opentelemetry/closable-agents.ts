import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

/** In PEM: authorities of the collector's certificate, and this client's own certificate and key. */
export interface ClientTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Connections of the exporter, which itself cannot end a request under way. */
export interface ClosableAgents {
  readonly create: (protocol: string) => HttpAgent;
  /** Ends requests under way; later requests fail. */
  close(): void;
}

export function closableAgents(tls: ClientTls): ClosableAgents {
  const agents: HttpAgent[] = [];
  let closed = false;
  return {
    create(protocol) {
      const options = { keepAlive: true };
      const agent = protocol === "https:" ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options);
      const connect = agent.createConnection.bind(agent);
      agent.createConnection = (...args: Parameters<typeof connect>) => {
        if (closed) throw new Error("the service has stopped");
        return connect(...args);
      };
      agents.push(agent);
      return agent;
    },
    close() {
      closed = true;
      for (const agent of agents) agent.destroy();
    },
  };
}

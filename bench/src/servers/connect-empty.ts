import { createServer } from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus } from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { answerParent } from "../process/child.js";
import { listening } from "../process/listening.js";

/** The empty RPC over Connect's own adapter. */
const server = createServer(
  connectNodeAdapter({
    routes: (router) => {
      router.service(Health, { check: () => ({ status: HealthCheckResponse_ServingStatus.SERVING }) });
    },
  }),
);
const port = await listening(server);

answerParent(() => Promise.resolve({ port }));
